"""Works on issues with a client that was generated from the hub's OpenAPI document.

Arguments: the folder with the package errand_api, the hub's address, a token, whom to assign to. Lists what is unresolved,
assigns and resolves the first, and prints what it saw as a line of JSON.
"""

import json
import sys

folder, address, token, assignee = sys.argv[1:]
sys.path.insert(0, folder)

from errand_api import AuthenticatedClient
from errand_api.api.issues import (
    get_issues_issue,
    get_organizations_organization_issues as list_issues,
    put_issues_issue,
)
from errand_api.models import Error, IssueChanges, NewStatus

client = AuthenticatedClient(base_url=address, token=token, raise_on_unexpected_status=True)
before = list_issues.sync("default", client=client, query="is:unresolved")
first = before[0]
assigned = put_issues_issue.sync(first.id, client=client, body=IssueChanges(assigned_to=assignee))
resolved = put_issues_issue.sync(first.id, client=client, body=IssueChanges(status=NewStatus.RESOLVED))
after = list_issues.sync("default", client=client, query="is:unresolved")
gone = get_issues_issue.sync("NOTHING-1", client=client)
print(
    json.dumps(
        {
            "before": [issue.title for issue in before],
            "after": [issue.title for issue in after],
            "assigned": assigned.assigned_to.to_dict(),
            "status": resolved.to_dict()["status"],
            "gone": gone.detail if isinstance(gone, Error) else None,
        }
    )
)
