//! Whom a TLS connection trusts: this machine's authorities and those given, or anybody.

use std::sync::Arc;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::client::verify_server_name;
use tokio_rustls::rustls::crypto::{
    CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::time::ASN1Time;

/// Certificates as PEM.
///
/// # Errors
/// When there is none, or one that is broken.
pub(crate) fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match found {
        Ok(found) if found.is_empty() => Err("there is no certificate as PEM".to_owned()),
        Ok(found) => Ok(found),
        Err(error) => Err(format!("a certificate is broken: {error}")),
    }
}

/// Trusts what this machine trusts, and some certificates beside.
///
/// # Errors
/// When the cryptography lacks what TLS needs.
pub(crate) fn verified(given: Vec<CertificateDer<'static>>) -> Result<Arc<ClientConfig>, Error> {
    let mut roots = RootCertStore::empty();
    // What cannot be read here is missed once it would be needed, and then told.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots.add_parsable_certificates(given.iter().cloned());
    let provider = Arc::new(ring::default_provider());
    let authorities = match roots.is_empty() {
        true => None,
        false => {
            let builder =
                WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone());
            let failed = |error| Error::General(format!("{error}"));
            Some(builder.build().map_err(failed)?)
        }
    };
    config(Verifier {
        provider,
        trust: Trust::Some { authorities, given },
    })
}

/// Trusts anybody, as nodes do where an endpoint is insecure.
///
/// # Errors
/// When the cryptography lacks what TLS needs.
pub(crate) fn unverified() -> Result<Arc<ClientConfig>, Error> {
    config(Verifier {
        provider: Arc::new(ring::default_provider()),
        trust: Trust::Anybody,
    })
}

fn config(verifier: Verifier) -> Result<Arc<ClientConfig>, Error> {
    let provider = Arc::clone(&verifier.provider);
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    trust: Trust,
}

#[derive(Debug)]
enum Trust {
    Anybody,
    Some {
        /// `None` when there are none at all.
        authorities: Option<Arc<WebPkiServerVerifier>>,
        given: Vec<CertificateDer<'static>>,
    },
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Trust::Some { authorities, given } = &self.trust else {
            return Ok(ServerCertVerified::assertion());
        };
        // From golang/go, crypto/x509/verify.go `Verify`: a trusted certificate may also be the
        // server's own, as those of many labs are; to webpki an authority is never a server.
        if given.iter().any(|it| it == end_entity) {
            verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
            check_time(end_entity, now)?;
            return Ok(ServerCertVerified::assertion());
        }
        match authorities {
            None => Err(CertificateError::UnknownIssuer.into()),
            Some(authorities) => authorities.verify_server_cert(
                end_entity,
                intermediates,
                server_name,
                ocsp_response,
                now,
            ),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

fn check_time(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), CertificateError> {
    let (_, parsed) =
        X509Certificate::from_der(certificate).map_err(|_| CertificateError::BadEncoding)?;
    let seconds = i64::try_from(now.as_secs()).map_err(|_| CertificateError::Expired)?;
    let now = ASN1Time::from_timestamp(seconds).map_err(|_| CertificateError::Expired)?;
    let validity = parsed.validity();
    if now < validity.not_before {
        return Err(CertificateError::NotValidYet);
    }
    match validity.not_after < now {
        true => Err(CertificateError::Expired),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_given_certificate_is_trusted_for_its_name_in_its_time() {
        let mut parameters = rcgen::CertificateParams::new(vec!["m.lab".to_owned()]).unwrap();
        // As `openssl req -x509` makes them.
        parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(2021, 1, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        let given = certificates(&certificate.pem()).unwrap();
        let check = |given: Vec<CertificateDer<'static>>, name: &str, seconds: u64| {
            let verifier = Verifier {
                provider: Arc::new(ring::default_provider()),
                trust: Trust::Some {
                    authorities: None,
                    given,
                },
            };
            let name = ServerName::try_from(name.to_owned()).unwrap();
            let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
            let verdict = verifier.verify_server_cert(certificate.der(), &[], &name, &[], now);
            verdict.map(|_| ()).map_err(|error| match error {
                Error::InvalidCertificate(error) => error,
                error => panic!("{error}"),
            })
        };
        // In the middle of 2020, two years later and two years before.
        let (inside, later, before) = (1_593_561_600, 1_656_633_600, 1_530_403_200);
        assert_eq!(check(given.clone(), "m.lab", inside), Ok(()));
        assert_eq!(
            check(given.clone(), "m.lab", later),
            Err(CertificateError::Expired)
        );
        assert_eq!(
            check(given.clone(), "m.lab", before),
            Err(CertificateError::NotValidYet)
        );
        assert!(matches!(
            check(given, "n.lab", inside),
            Err(CertificateError::NotValidForNameContext { .. } | CertificateError::NotValidForName)
        ));
        assert_eq!(
            check(Vec::new(), "m.lab", inside),
            Err(CertificateError::UnknownIssuer)
        );
    }

    #[test]
    fn what_is_no_certificate_is_told() {
        assert!(certificates("").unwrap_err().contains("no certificate"));
        let broken = "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n";
        assert!(certificates(broken).unwrap_err().contains("broken"));
    }
}
