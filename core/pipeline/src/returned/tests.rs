use super::*;

const TOKEN: &str = "0123456789abcdef01234567";
const BOUNCES: &str = "bounces@hub.example.com";

/// As Postfix writes it: folded lines, a foreign part before, the mail's headers after.
fn report(action: &str, status: &str) -> String {
    format!(
        "Return-Path: <>\r\n\
         From: MAILER-DAEMON@mx.example.com\r\n\
         To: bounces+{TOKEN}@hub.example.com\r\n\
         Subject: Undelivered Mail Returned to Sender\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\
         MIME-Version: 1.0\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you ...\r\n\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.example.com\r\n\
         Arrival-Date: Sat, 28 Nov 2026 10:00:00 +0000\r\n\r\n\
         Final-Recipient: rfc822; gone@example.com\r\n\
         Action: {action}\r\n\
         Status: {status}\r\n\
         Diagnostic-Code: smtp; 550 {status} <gone@example.com>:\r\n    Recipient address rejected\r\n\r\n\
         --b\r\nContent-Type: message/rfc822\r\n\r\n\
         Message-ID: <mail.00ff.{TOKEN}@hub.example.com>\r\nSubject: x\r\n\r\nbody\r\n\
         --b--\r\n"
    )
}

fn what(message: &str) -> Option<What> {
    read(message.as_bytes(), None, BOUNCES).map(|returned| returned.what)
}

#[test]
fn a_report_of_a_mailbox_that_is_not_there_is_for_good() {
    let returned = read(report("failed", "5.1.1").as_bytes(), None, BOUNCES).expect("a report");
    assert_eq!(returned.tokens, [TOKEN]);
    assert_eq!(returned.what, What::Failed { is_for_good: true });
    assert_eq!(
        returned.said,
        "5.1.1 smtp; 550 5.1.1 <gone@example.com>: Recipient address rejected"
    );
}

#[test]
fn a_full_mailbox_may_have_room_again_and_a_delay_is_nothing() {
    let failed = Some(What::Failed { is_for_good: false });
    assert_eq!(what(&report("failed", "5.2.2")), failed);
    assert_eq!(what(&report("failed", "5.7.1")), failed);
    assert_eq!(what(&report("Failed", "4.4.7")), failed);
    for action in ["delayed", "delivered", "relayed", "expanded"] {
        assert_eq!(what(&report(action, "4.4.1")), Some(What::Nothing), "{action}");
    }
}

#[test]
fn a_complaint_is_one_and_its_opposite_is_not() {
    let arf = |kind: &str| {
        report("failed", "5.1.1")
            .replace("message/delivery-status", "message/feedback-report")
            .replace(
                "Reporting-MTA: dns; mx.example.com",
                &format!("Feedback-Type: {kind}"),
            )
    };
    assert_eq!(what(&arf("abuse")), Some(What::Complaint));
    assert_eq!(what(&arf("not-spam")), Some(What::Nothing));
}

#[test]
fn exims_own_words_are_understood() {
    let report = format!(
        "X-Failed-Recipients: gone@example.com\r\nEnvelope-to: <Bounces+{}@HUB.example.com>\r\n\
         To: somebody@else.example\r\nSubject: Mail delivery failed\r\n\r\nno such user\r\n",
        TOKEN.to_uppercase()
    );
    let returned = read(report.as_bytes(), None, BOUNCES).expect("a report");
    assert_eq!(returned.tokens, [TOKEN]);
    assert_eq!(returned.said, "not delivered to gone@example.com");
}

#[test]
fn the_token_is_taken_from_where_the_hub_put_it_and_from_nowhere_else() {
    let elsewhere = report("failed", "5.1.1").replace("To: bounces+", "To: others+");
    assert_eq!(
        read(elsewhere.as_bytes(), None, BOUNCES),
        None,
        "an id that others saw is no proof where bounces have an address"
    );
    let to = format!("bounces+{TOKEN}@hub.example.com");
    assert!(read(elsewhere.as_bytes(), Some(&to), BOUNCES).is_some());
    let by_id = read(elsewhere.as_bytes(), None, "").expect("a report");
    assert_eq!(by_id.tokens, [TOKEN]);
    let headers = elsewhere.replace("message/rfc822", "text/rfc822-headers");
    assert_eq!(
        read(headers.as_bytes(), None, "").expect("a report").tokens,
        [TOKEN]
    );
}

#[test]
fn what_is_no_report_is_none() {
    let to = format!("bounces+{TOKEN}@hub.example.com");
    for other in [
        "".to_owned(),
        "\0\r\n\r\n".to_owned(),
        format!("To: {to}\r\nAuto-Submitted: auto-replied\r\nSubject: I am away\r\n\r\nuntil Monday\r\n"),
        report("failed", "5.1.1").replace(TOKEN, "zz"),
    ] {
        assert_eq!(read(other.as_bytes(), None, BOUNCES), None, "{other}");
    }
}

#[test]
fn what_servers_say_is_kept_on_one_line_and_short() {
    let hostile = report("failed", "5.1.1").replace("Recipient", &"\u{202e}x\u{7} ".repeat(5_000));
    let said = read(hostile.as_bytes(), None, BOUNCES).expect("a report").said;
    assert!(
        said.len() <= SAID && !said.contains('\u{202e}') && !said.contains('\u{7}'),
        "{said}"
    );
}

#[test]
fn the_address_for_bounces_has_the_token_in_it() {
    let address = address(BOUNCES, TOKEN).expect("an address");
    assert_eq!(address, format!("bounces+{TOKEN}@hub.example.com"));
    assert!(address.split('@').next().is_some_and(|local| local.len() <= 64));
    assert_eq!(token_of(&address, BOUNCES).as_deref(), Some(TOKEN));
}
