//! Blobs with their proofs, and signatures of real keys.

mod support;

use primitives::{
    B256, Fork, Transaction,
    alloy_consensus::BlobTransactionSidecar,
    alloy_eips::{
        eip2718::Decodable2718,
        eip4844::{Blob, env_settings::EnvKzgSettings},
        eip7594::BlobTransactionSidecarEip7594,
    },
    alloy_primitives::hex,
};
use std::sync::Arc;
use support::{Build, head, of_kind, rich};
use txpool::{AddError, Incoming, Limits, Origin, Pool, Sidecar, SidecarError, verify_sidecar};

fn add(fork: Fork, hashes: Vec<B256>, sidecar: &Sidecar) -> Result<(), AddError> {
    let build = Build { blob_hashes: hashes, ..of_kind(3) };
    let incoming = Incoming::signed_by(build.signer, build.transaction(), Some(Arc::new(sidecar.clone())));
    let added = Pool::new(Limits::node(), head(fork)).add(incoming, Origin::Remote, &rich(2), 0)?;
    assert!(added.transaction.bytes > sidecar.blobs().len() * 131_072, "blobs count as memory");
    Ok(())
}

#[test]
fn proofs_of_both_versions() {
    let mut blob = Blob::default();
    blob[31] = 7;
    let blobs = || vec![Blob::default(), blob];
    let settings = EnvKzgSettings::Default.get();
    let old = BlobTransactionSidecar::try_from_blobs_with_settings(blobs(), settings).unwrap();
    let new = BlobTransactionSidecarEip7594::try_from_blobs_with_settings(blobs(), settings).unwrap();
    let hashes: Vec<B256> = old.versioned_hashes().collect();
    let mut wrong = old.clone();
    wrong.proofs.swap(0, 1);
    let mut few = new.clone();
    few.cell_proofs.pop();
    let (old, new, few) = (Sidecar::Eip4844(old), Sidecar::Eip7594(new), Sidecar::Eip7594(few));
    for (fork, sidecar) in [(Fork::Cancun, &old), (Fork::Prague, &old), (Fork::Osaka, &new)] {
        verify_sidecar(sidecar, &hashes).unwrap();
        add(fork, hashes.clone(), sidecar).unwrap();
    }
    assert_eq!(add(Fork::Osaka, hashes.clone(), &old), Err(SidecarError::Version { want: 1, got: 0 }.into()));
    assert_eq!(add(Fork::Prague, hashes.clone(), &new), Err(SidecarError::Version { want: 0, got: 1 }.into()));
    let error = add(Fork::Osaka, hashes.clone(), &few).unwrap_err();
    assert_eq!(error.to_string(), "invalid number of 255 blob proofs expected 256");
    let swapped = vec![hashes[1], hashes[0]];
    let error = add(Fork::Osaka, swapped, &new).unwrap_err();
    let text = format!("blob 0: computed hash {} mismatches transaction one {}", hashes[0], hashes[1]);
    assert_eq!(error.to_string(), text);
    let error = verify_sidecar(&Sidecar::Eip4844(wrong), &hashes).unwrap_err();
    assert!(error.to_string().starts_with("KZG verification error: "), "{error}");
}

/// The example of EIP-155.
#[test]
fn a_signer_is_recovered() {
    let raw = hex!(
        "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe
         537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"
    );
    let transaction = Transaction::decode_2718(&mut raw.as_slice()).unwrap();
    let incoming = Incoming::recover(transaction, None).unwrap();
    assert_eq!(incoming.signer, primitives::alloy_primitives::address!("9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f"));
    assert!(incoming.authorities.is_empty());
}
