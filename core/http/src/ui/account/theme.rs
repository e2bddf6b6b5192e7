//! Light, dark, or as the system has it.

use axum::response::Response;

use crate::ui::forms::OpenForm;
use crate::ui::look::redirect_in_theme;
use crate::ui::visit::local;

/// Remembers the colours, and goes back.
pub(super) async fn change(OpenForm(form): OpenForm) -> Response {
    redirect_in_theme(local(form.text("back")), form.text("theme"))
}
