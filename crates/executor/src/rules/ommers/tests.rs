use super::*;
use crate::rules::difficulty;
use primitives::{Activation, U256, alloy_consensus::EMPTY_OMMER_ROOT_HASH};

/// Headers 0 to 9, each the child of the one before.
fn headers(chain: &ChainSpec) -> Vec<Header> {
    let mut headers = vec![Header {
        gas_limit: 1_000_000,
        difficulty: U256::from(2_048_000),
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        ..Header::default()
    }];
    for index in 0..9 {
        headers.push(child(chain, &headers[index], 0));
    }
    headers
}

/// A header after `parent`; different ones for different `salt`.
fn child(chain: &ChainSpec, parent: &Header, salt: u64) -> Header {
    let mut header = Header {
        parent_hash: parent.hash_slow(),
        number: parent.number + 1,
        timestamp: parent.timestamp + 10 + salt,
        ..parent.clone()
    };
    header.difficulty = difficulty(chain, parent, &header);
    header
}

/// Checks header 9 with these ommers; `taken` says which ones its ancestors took in.
fn judge(ommers: &[Header], taken: impl Fn(u64) -> Vec<Header>) -> Result<(), OmmerError> {
    let chain = ChainSpec::at_fork(Fork::Berlin);
    let headers = headers(&chain);
    let blocks: Vec<_> = headers[..9].iter().rev().map(|header| (header, taken(header.number))).collect();
    let ancestors: Vec<_> = blocks.iter().map(|(header, ommers)| Ancestor { header, ommers }).collect();
    check_ommers(&chain, &headers[9], ommers, &ancestors)
}

fn check(ommers: &[Header], expected: Result<(), OmmerError>) {
    assert_eq!((ommers.len(), judge(ommers, |_| Vec::new())), (ommers.len(), expected));
}

/// An ommer whose parent is the ancestor with this number.
fn ommer(parent: u64, salt: u64) -> Header {
    let chain = ChainSpec::at_fork(Fork::Berlin);
    child(&chain, &headers(&chain)[parent as usize], salt)
}

#[test]
fn an_ommer_is_one_to_six_blocks_old() {
    for parent in 0..9 {
        let ommer = ommer(parent, 1);
        let far = Err(OmmerError::Parent { position: 0, parent: ommer.parent_hash });
        check(&[ommer], if (2..=7).contains(&parent) { Ok(()) } else { far });
    }
    check(&[ommer(2, 1), ommer(7, 2)], Ok(()));
    check(&[], Ok(()));
}

#[test]
fn there_are_two_at_most_and_none_after_the_merge() {
    let three = [ommer(5, 1), ommer(6, 1), ommer(7, 1)];
    check(&three, Err(OmmerError::Count { count: 3, max: 2 }));
    let after = check_ommers(&ChainSpec::at_fork(Fork::Paris), &Header::default(), &three[..1], &[]);
    assert_eq!(after, Err(OmmerError::Count { count: 1, max: 0 }));
}

#[test]
fn each_is_taken_in_once() {
    let twice = ommer(5, 1);
    check(&[twice.clone(), twice.clone()], Err(OmmerError::Repeated(1)));
    for by in 6..9 {
        let taken = |number| if number == by { vec![ommer(4, 9), twice.clone()] } else { Vec::new() };
        assert_eq!(judge(&[ommer(7, 1), twice.clone()], taken), Err(OmmerError::Repeated(1)), "{by}");
    }
}

#[test]
fn an_ancestor_is_no_ommer() {
    for number in [3, 8] {
        check(&[ommer(6, 1), ommer(number - 1, 0)], Err(OmmerError::IsAncestor(1)));
    }
}

#[test]
fn its_header_follows_its_own_parent() {
    let mut wrong = ommer(6, 1);
    wrong.difficulty += U256::ONE;
    let error = HeaderError::Difficulty { expected: wrong.difficulty - U256::ONE, header: wrong.difficulty };
    check(&[wrong], Err(OmmerError::Header { position: 0, error: Box::new(error) }));
    let mut wrong = ommer(6, 1);
    wrong.number = 6;
    let error = HeaderError::Number { parent: 6, header: 6 };
    check(&[ommer(5, 1), wrong], Err(OmmerError::Header { position: 1, error: Box::new(error) }));
}

#[test]
fn an_ommer_without_work_is_none() {
    let mut chain = ChainSpec::at_fork(Fork::London);
    let mut headers = headers(&ChainSpec::at_fork(Fork::Berlin));
    chain.set_activation(Fork::Paris, Activation::TotalDifficulty(U256::MAX));
    headers.truncate(4);
    let mut ommer = headers[2].clone();
    ommer.difficulty = U256::ZERO;
    let ancestors: Vec<_> = headers[..3].iter().rev().map(|header| Ancestor { header, ommers: &[] }).collect();
    assert_eq!(check_ommers(&chain, &headers[3], &[ommer], &ancestors), Err(OmmerError::NoWork(0)));
}

#[test]
fn ancestors_are_linked() {
    let chain = ChainSpec::at_fork(Fork::Berlin);
    let headers = headers(&chain);
    let ancestors = [8, 6].map(|number: usize| Ancestor { header: &headers[number], ommers: &[] });
    let (expected, found) = (headers[7].hash_slow(), headers[6].hash_slow());
    let unlinked = Err(OmmerError::NotLinked { position: 1, expected, found });
    assert_eq!(check_ommers(&chain, &headers[9], &[ommer(5, 1)], &ancestors), unlinked);
    assert_eq!(check_ommers(&chain, &headers[9], &[], &ancestors), Ok(()), "not looked at without need");
}
