//! The connection to the mail server.

use anyhow::{Context as _, Result};
use lettre::transport::smtp::PoolConfig;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, Tokio1Executor};

use super::PATIENCE;
use crate::config::{self, Mail};

/// Connections at once: mail servers count them.
const MAX_CONNECTIONS: u32 = 4;

pub(super) fn build(settings: &Mail) -> Result<AsyncSmtpTransport<Tokio1Executor>> {
    let tls = match settings.tls {
        config::Tls::None => Tls::None,
        config::Tls::Starttls => Tls::Required(parameters(settings)?),
        config::Tls::Implicit => Tls::Wrapper(parameters(settings)?),
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
        .port(settings.port)
        .tls(tls)
        .timeout(Some(PATIENCE))
        .pool_config(PoolConfig::new().max_size(MAX_CONNECTIONS));
    if !settings.user.is_empty() {
        builder = builder.credentials(Credentials::new(settings.user.clone(), settings.password.clone()));
    }
    Ok(builder.build())
}

fn parameters(settings: &Mail) -> Result<TlsParameters> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if !settings.ca_file.is_empty() {
        let pem = std::fs::read(&settings.ca_file)
            .with_context(|| format!("mail.ca_file is '{}', which cannot be read", settings.ca_file))?;
        let certificate = Certificate::from_pem(&pem).with_context(|| {
            format!(
                "mail.ca_file is '{}', which is no certificate in PEM",
                settings.ca_file
            )
        })?;
        builder = builder.add_root_certificate(certificate);
    }
    builder
        .build_rustls()
        .with_context(|| format!("mail.host is '{}', which TLS cannot be used with", settings.host))
}
