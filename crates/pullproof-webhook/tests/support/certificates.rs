//! Certificates of servers and clients, and how they come to lie in a directory.

#![allow(dead_code, reason = "no test uses all of it")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use pullproof_webhook::calendar;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair,
};

/// A certificate authority.
pub(crate) struct Ca {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A chain and its key, PEM.
pub(crate) struct Identity {
    pub(crate) chain: String,
    pub(crate) key: String,
}

/// What a server serves, and what its clients trust.
pub(crate) struct ServerIdentity {
    root: Ca,
    valid_for_s: i64,
}

impl Ca {
    pub(crate) fn new(name: &str) -> Ca {
        let key = KeyPair::generate().unwrap();
        Ca {
            issuer: CertifiedIssuer::self_signed(ca_params(name), key).unwrap(),
        }
    }

    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate for a client.
    pub(crate) fn issue(&self, common_name: &str, dns_names: &[&str]) -> Identity {
        let mut params = leaf_params(dns_names, 3_600);
        params
            .distinguished_name
            .push(DnType::CommonName, common_name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &self.issuer).unwrap();
        Identity {
            chain: leaf.pem(),
            key: key.serialize_pem(),
        }
    }

    pub(crate) fn server_valid_for(self, valid_for_s: i64) -> ServerIdentity {
        ServerIdentity {
            root: self,
            valid_for_s,
        }
    }
}

impl ServerIdentity {
    /// What clients trust, PEM.
    pub(crate) fn ca_pem(&self) -> String {
        self.root.pem()
    }

    /// A new leaf for localhost, signed by a new authority between.
    pub(crate) fn issue(&self) -> Identity {
        let between = KeyPair::generate().unwrap();
        let between =
            CertifiedIssuer::signed_by(ca_params("between"), between, &self.root.issuer).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = leaf_params(&["localhost"], self.valid_for_s)
            .signed_by(&key, &between)
            .unwrap();
        Identity {
            chain: leaf.pem() + &between.pem(),
            key: key.serialize_pem(),
        }
    }
}

fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn leaf_params(dns_names: &[&str], valid_for_s: i64) -> CertificateParams {
    let names: Vec<String> = dns_names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let end_s = u64::try_from(calendar::now_s() + valid_for_s).unwrap();
    params.not_after = epoch + Duration::from_secs(end_s);
    params
}

/// Puts a new certificate in place as the kubelet does.
pub(crate) fn install(dir: &Path, identity: &Identity) {
    let before = fs::read_link(dir.join("..data")).ok();
    let data = tempfile::Builder::new()
        .prefix("..v")
        .tempdir_in(dir)
        .unwrap()
        .keep();
    fs::write(data.join("tls.crt"), &identity.chain).unwrap();
    fs::write(data.join("tls.key"), &identity.key).unwrap();
    symlink(&data, dir.join("..data_tmp")).unwrap();
    fs::rename(dir.join("..data_tmp"), dir.join("..data")).unwrap();
    match before {
        Some(before) => fs::remove_dir_all(before).unwrap(),
        None => {
            for name in ["tls.crt", "tls.key"] {
                symlink(Path::new("..data").join(name), dir.join(name)).unwrap();
            }
        }
    }
}
