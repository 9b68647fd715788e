//! The certificate that is served, followed through changes of its files, and who may connect.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use arc_swap::ArcSwap;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, version};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::calendar;
use crate::config::{self, TlsVersion};

/// How often files are read again. A mounted Secret changes by a swap of symbolic links, which
/// watching the files themselves would see only once.
pub const POLL: Duration = Duration::from_secs(1);

/// A certificate, a key or a bundle of authorities is far smaller; a node's whole bundle has
/// some 250 KiB.
pub const MAX_PEM_BYTES: u64 = 1024 * 1024;

/// How long a certificate made at start is valid, in days.
const SELF_SIGNED_DAYS: i64 = 365;

/// The certificate in use and where it comes from.
pub struct Tls {
    settings: config::Tls,
    served: ArcSwap<Served>,
    /// What was read last, good or bad, so that the same fault is told once.
    tried: Mutex<Option<Files>>,
    /// The authority of a certificate made at start, PEM.
    ca_bundle: Option<String>,
}

/// What new connections get.
pub struct Served {
    /// Does handshakes.
    pub acceptor: TlsAcceptor,
    /// When the leaf expires, in seconds since 1970.
    pub not_after_s: i64,
    /// Whether clients must show a certificate, and with which name.
    client_names: Option<Vec<String>>,
}

/// Who is at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// May ask for reviews.
    Admitted,
    /// Shows no certificate although one is needed.
    Anonymous,
    /// Shows a certificate without an allowed name.
    Stranger {
        /// The names it has.
        names: Vec<String>,
    },
}

/// What reading the files again did.
#[derive(Debug, PartialEq, Eq)]
pub enum Refresh {
    /// They are as they were.
    Unchanged,
    /// New connections get what they hold now.
    Reloaded,
    /// They cannot be used; what was served stays.
    Failed(String),
}

#[derive(PartialEq, Eq)]
struct Files {
    cert: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
}

impl Tls {
    /// Reads the files, or makes a certificate when the settings have names for one.
    ///
    /// # Errors
    ///
    /// A file cannot be read, holds no certificate or key, or they do not belong together.
    pub fn load(settings: &config::Tls) -> anyhow::Result<Tls> {
        if !settings.self_signed.is_empty() {
            let (files, ca_bundle) = self_signed(settings)?;
            let served = served(settings, &files)?;
            return Ok(Tls {
                settings: settings.clone(),
                served: ArcSwap::from_pointee(served),
                tried: Mutex::new(None),
                ca_bundle: Some(ca_bundle),
            });
        }
        let files = read_files(settings)?;
        let served = served(settings, &files)?;
        Ok(Tls {
            settings: settings.clone(),
            served: ArcSwap::from_pointee(served),
            tried: Mutex::new(Some(files)),
            ca_bundle: None,
        })
    }

    /// What new connections get.
    pub fn served(&self) -> Arc<Served> {
        self.served.load_full()
    }

    /// The authority of a certificate made at start, PEM.
    pub fn ca_bundle(&self) -> Option<&str> {
        self.ca_bundle.as_deref()
    }

    /// Reads the files again.
    pub fn refresh(&self) -> Refresh {
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        if self.ca_bundle.is_some() {
            return Refresh::Unchanged;
        }
        let files = match read_files(&self.settings) {
            Ok(files) => files,
            // Told once: `tried` is empty until files can be read again.
            Err(error) => {
                return match tried.take() {
                    Some(_) => Refresh::Failed(format!("{error:#}")),
                    None => Refresh::Unchanged,
                };
            }
        };
        if tried.as_ref() == Some(&files) {
            return Refresh::Unchanged;
        }
        let refresh = match served(&self.settings, &files) {
            Ok(served) => {
                self.served.store(Arc::new(served));
                Refresh::Reloaded
            }
            Err(error) => Refresh::Failed(format!("{error:#}")),
        };
        *tried = Some(files);
        refresh
    }
}

impl Served {
    /// Who shows these certificates, the leaf first.
    pub fn peer(&self, certificates: Option<&[CertificateDer<'_>]>) -> Peer {
        let Some(allowed) = &self.client_names else {
            return Peer::Admitted;
        };
        // The handshake has verified what is here.
        let Some(leaf) = certificates.and_then(<[_]>::first) else {
            return Peer::Anonymous;
        };
        let names = names(leaf);
        match allowed.is_empty() || names.iter().any(|name| allowed.contains(name)) {
            true => Peer::Admitted,
            false => Peer::Stranger { names },
        }
    }
}

fn read_files(settings: &config::Tls) -> anyhow::Result<Files> {
    let (Some(cert), Some(key)) = (&settings.cert, &settings.key) else {
        bail!("`tls.cert` and `tls.key` are not set");
    };
    Ok(Files {
        cert: read_file(cert)?,
        key: read_file(key)?,
        client_ca: settings.client_ca.as_deref().map(read_file).transpose()?,
    })
}

fn read_file(path: &Path) -> anyhow::Result<Vec<u8>> {
    let shown = path.display();
    let file = File::open(path).with_context(|| format!("failed to open `{shown}`"))?;
    let mut bytes = Vec::new();
    file.take(MAX_PEM_BYTES + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("failed to read `{shown}`"))?;
    let is_small = u64::try_from(bytes.len()).is_ok_and(|n_bytes| n_bytes <= MAX_PEM_BYTES);
    ensure!(is_small, "`{shown}` has more than {MAX_PEM_BYTES} bytes");
    Ok(bytes)
}

fn served(settings: &config::Tls, files: &Files) -> anyhow::Result<Served> {
    let chain = certificates(&files.cert).context("failed to read the certificate chain")?;
    let not_after_s = not_after_s(&chain[0])?;
    let key = PrivateKeyDer::from_pem_slice(&files.key).context("failed to read the key")?;
    let provider = Arc::new(ring::default_provider());
    let versions: &[_] = match settings.min_version {
        TlsVersion::V1_2 => &[&version::TLS12, &version::TLS13],
        TlsVersion::V1_3 => &[&version::TLS13],
    };
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(versions)
        .context("failed to set the versions of TLS")?;
    let builder = match &files.client_ca {
        None => builder.with_no_client_auth(),
        Some(client_ca) => {
            let mut roots = RootCertStore::empty();
            for certificate in
                certificates(client_ca).context("failed to read the client authorities")?
            {
                roots
                    .add(certificate)
                    .context("failed to use a client authority")?;
            }
            // The kubelet has no certificate to show, and must reach the pages; reviews are
            // refused later.
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                .allow_unauthenticated()
                .build()
                .context("failed to use the client authorities")?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    // Also refuses a key that is not the leaf's.
    let mut config = builder
        .with_single_cert(chain, key)
        .context("failed to use the certificate and key")?;
    // API servers speak HTTP/1.1 to webhooks behind a Service anyway, to spread load.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Served {
        acceptor: TlsAcceptor::from(Arc::new(config)),
        not_after_s,
        client_names: files
            .client_ca
            .is_some()
            .then(|| settings.client_names.clone()),
    })
}

fn certificates(pem: &[u8]) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>()?;
    ensure!(
        !certificates.is_empty(),
        "there is no certificate in PEM form"
    );
    Ok(certificates)
}

fn not_after_s(leaf: &CertificateDer<'_>) -> anyhow::Result<i64> {
    let (_, leaf) = X509Certificate::from_der(leaf).context("failed to read the certificate")?;
    Ok(leaf.validity().not_after.timestamp())
}

/// The common name and the DNS names of a certificate.
fn names(leaf: &CertificateDer<'_>) -> Vec<String> {
    let Ok((_, leaf)) = X509Certificate::from_der(leaf) else {
        return Vec::new();
    };
    let common = leaf
        .subject()
        .iter_common_name()
        .filter_map(|name| name.as_str().ok());
    let mut names: Vec<String> = common.map(str::to_owned).collect();
    if let Ok(Some(extension)) = leaf.subject_alternative_name() {
        names.extend(
            extension
                .value
                .general_names
                .iter()
                .filter_map(|name| match name {
                    GeneralName::DNSName(name) => Some((*name).to_owned()),
                    _ => None,
                }),
        );
    }
    names
}

fn self_signed(settings: &config::Tls) -> anyhow::Result<(Files, String)> {
    let today = calendar::now_s() / 86_400;
    let date = |days: i64| {
        let calendar::Date { year, month, day } = calendar::date(days);
        rcgen::date_time_ymd(year, month, day)
    };
    let mut ca = CertificateParams::new(Vec::new())?;
    ca.distinguished_name
        .push(DnType::CommonName, "pullproof-webhook, for trying out");
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // Clocks of machines differ.
    ca.not_before = date(today - 1);
    ca.not_after = date(today + SELF_SIGNED_DAYS);
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate()?)?;
    let mut leaf = CertificateParams::new(settings.self_signed.clone())
        .context("failed to use the names of `--self-signed`")?;
    leaf.not_before = date(today - 1);
    leaf.not_after = date(today + SELF_SIGNED_DAYS);
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let key = KeyPair::generate()?;
    let leaf = leaf.signed_by(&key, &ca)?;
    let client_ca = settings.client_ca.as_deref().map(read_file).transpose()?;
    let files = Files {
        cert: leaf.pem().into_bytes(),
        key: key.serialize_pem().into_bytes(),
        client_ca,
    };
    // Reading back what was just written proves that both are of use.
    PrivatePkcs8KeyDer::from_pem_slice(&files.key).context("failed to make a key")?;
    Ok((files, ca.pem()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    fn settings(dir: &Path) -> config::Tls {
        config::Tls {
            cert: Some(dir.join("tls.crt")),
            key: Some(dir.join("tls.key")),
            client_ca: None,
            client_names: Vec::new(),
            min_version: TlsVersion::V1_3,
            self_signed: Vec::new(),
        }
    }

    fn pair() -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let cert = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        (cert.self_signed(&key).unwrap().pem(), key.serialize_pem())
    }

    /// Puts files in place as the kubelet does.
    fn swap(dir: &Path, version: usize, cert: &str, key: &str) {
        let data = dir.join(format!("..{version}"));
        fs::create_dir(&data).unwrap();
        fs::write(data.join("tls.crt"), cert).unwrap();
        fs::write(data.join("tls.key"), key).unwrap();
        symlink(&data, dir.join("..data_tmp")).unwrap();
        fs::rename(dir.join("..data_tmp"), dir.join("..data")).unwrap();
        for name in ["tls.crt", "tls.key"] {
            if !dir.join(name).exists() {
                symlink(Path::new("..data").join(name), dir.join(name)).unwrap();
            }
        }
        if let Some(before) = version.checked_sub(1) {
            fs::remove_dir_all(dir.join(format!("..{before}"))).unwrap();
        }
    }

    #[test]
    fn every_swap_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let (cert, key) = pair();
        swap(dir.path(), 0, &cert, &key);
        let tls = Tls::load(&settings(dir.path())).unwrap();
        assert_eq!(tls.refresh(), Refresh::Unchanged);
        for version in 1..20 {
            let before = Arc::as_ptr(&tls.served());
            let (cert, key) = pair();
            swap(dir.path(), version, &cert, &key);
            assert_eq!(tls.refresh(), Refresh::Reloaded);
            assert_ne!(before, Arc::as_ptr(&tls.served()));
            assert_eq!(tls.refresh(), Refresh::Unchanged);
        }
    }

    #[test]
    fn bad_files_leave_the_last_good_ones() {
        let dir = tempfile::tempdir().unwrap();
        let (cert, key) = pair();
        let (_, other_key) = pair();
        swap(dir.path(), 0, &cert, &key);
        let tls = Tls::load(&settings(dir.path())).unwrap();
        let good = Arc::as_ptr(&tls.served());
        let large = "a".repeat(usize::try_from(MAX_PEM_BYTES).unwrap() + 1);
        for (cert, key, expected) in [
            (
                &*cert,
                &*other_key,
                "failed to use the certificate and key: ",
            ),
            (
                "",
                &*key,
                "failed to read the certificate chain: there is no certificate in PEM form",
            ),
            (&*cert, "", "failed to read the key: "),
            (
                &cert[..100],
                &*key,
                "failed to read the certificate chain: ",
            ),
            (&*large, &*key, "`"),
        ] {
            fs::write(dir.path().join("tls.crt"), cert).unwrap();
            fs::write(dir.path().join("tls.key"), key).unwrap();
            match tls.refresh() {
                Refresh::Failed(message) => assert!(message.starts_with(expected), "{message}"),
                other => panic!("{other:?}"),
            }
            assert_eq!(tls.refresh(), Refresh::Unchanged, "told once");
            assert_eq!(Arc::as_ptr(&tls.served()), good);
        }
        fs::remove_file(dir.path().join("..data")).unwrap();
        // Files that cannot be read are told once, whatever the reason.
        assert_eq!(tls.refresh(), Refresh::Unchanged);
        let (cert, key) = pair();
        swap(dir.path(), 1, &cert, &key);
        assert_eq!(tls.refresh(), Refresh::Reloaded);
    }

    #[test]
    fn files_may_be_as_large_as_the_limit() {
        let dir = tempfile::tempdir().unwrap();
        let (cert, key) = pair();
        let room = usize::try_from(MAX_PEM_BYTES).unwrap() - cert.len();
        swap(dir.path(), 0, &(cert + &"\n".repeat(room)), &key);
        assert!(Tls::load(&settings(dir.path())).is_ok());
    }

    #[test]
    fn names_decide_about_clients() {
        let named = |common: &str, dns: &[&str]| {
            let dns: Vec<String> = dns.iter().map(|name| (*name).to_owned()).collect();
            let mut params = CertificateParams::new(dns).unwrap();
            params.distinguished_name.push(DnType::CommonName, common);
            params
                .self_signed(&KeyPair::generate().unwrap())
                .unwrap()
                .der()
                .clone()
        };
        let served = |client_names: Option<&[&str]>| {
            let dir = tempfile::tempdir().unwrap();
            let (cert, key) = pair();
            swap(dir.path(), 0, &cert, &key);
            let mut served = served(
                &settings(dir.path()),
                &Files {
                    cert: cert.into_bytes(),
                    key: key.into_bytes(),
                    client_ca: None,
                },
            )
            .unwrap();
            served.client_names =
                client_names.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
            served
        };
        let leaf = [named("kube-apiserver", &["api.local"])];
        assert_eq!(served(None).peer(None), Peer::Admitted);
        assert_eq!(served(Some(&[])).peer(None), Peer::Anonymous);
        assert_eq!(served(Some(&[])).peer(Some(&leaf)), Peer::Admitted);
        assert_eq!(
            served(Some(&["kube-apiserver"])).peer(Some(&leaf)),
            Peer::Admitted
        );
        assert_eq!(
            served(Some(&["a", "api.local"])).peer(Some(&leaf)),
            Peer::Admitted
        );
        assert_eq!(
            served(Some(&["kube"])).peer(Some(&leaf)),
            Peer::Stranger {
                names: vec!["kube-apiserver".into(), "api.local".into()]
            }
        );
    }

    #[test]
    fn a_certificate_for_trying_out() {
        let dir = tempfile::tempdir().unwrap();
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let settings = config::Tls {
            cert: None,
            key: None,
            self_signed: names,
            ..settings(dir.path())
        };
        let tls = Tls::load(&settings).unwrap();
        assert!(
            tls.ca_bundle()
                .unwrap()
                .starts_with("-----BEGIN CERTIFICATE-----")
        );
        let days = (tls.served().not_after_s - calendar::now_s()) / 86_400;
        assert!(
            (SELF_SIGNED_DAYS - 1..=SELF_SIGNED_DAYS).contains(&days),
            "{days}"
        );
        assert_eq!(tls.refresh(), Refresh::Unchanged);
    }
}
