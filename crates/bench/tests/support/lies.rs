//! Every way to lie about a block access list, one lie at a time.

use alloy_eip7928::{
    AccountChanges, BalanceChange, BlockAccessIndex, CodeChange, NonceChange, SlotChanges, StorageChange,
};
use bench::workload::SplitMix;
use primitives::{Address, Bytes, U256};

type Accounts = Vec<AccountChanges>;

/// One lie. `None` if the list has nothing that it could be about.
pub(crate) struct Lie {
    pub(crate) name: &'static str,
    /// Whether what comes out is never canonical.
    pub(crate) is_malformed: bool,
    /// Tells it at a random place of the list of a block with so many transactions.
    pub(crate) tell: fn(&mut Accounts, &mut SplitMix, u64) -> Option<()>,
}

/// A change of any kind.
trait Change: Clone {
    fn index(&mut self) -> &mut BlockAccessIndex;
    /// Another value, near or far.
    fn alter(&mut self, random: &mut SplitMix);
    fn invent(at: BlockAccessIndex, random: &mut SplitMix) -> Self;
}

impl Change for BalanceChange {
    fn index(&mut self) -> &mut BlockAccessIndex {
        &mut self.block_access_index
    }

    fn alter(&mut self, random: &mut SplitMix) {
        self.post_balance = alter(self.post_balance, random);
    }

    fn invent(at: BlockAccessIndex, random: &mut SplitMix) -> Self {
        Self::new(at, alter(U256::from(random.next()), random))
    }
}

impl Change for StorageChange {
    fn index(&mut self) -> &mut BlockAccessIndex {
        &mut self.block_access_index
    }

    fn alter(&mut self, random: &mut SplitMix) {
        self.new_value = alter(self.new_value, random);
    }

    fn invent(at: BlockAccessIndex, random: &mut SplitMix) -> Self {
        Self::new(at, alter(U256::from(random.below(3)), random))
    }
}

impl Change for NonceChange {
    fn index(&mut self) -> &mut BlockAccessIndex {
        &mut self.block_access_index
    }

    fn alter(&mut self, random: &mut SplitMix) {
        self.new_nonce = match random.below(4) {
            0 => self.new_nonce.wrapping_sub(1),
            1 => u64::MAX,
            2 => 0,
            _ => self.new_nonce.wrapping_add(1),
        };
    }

    fn invent(at: BlockAccessIndex, random: &mut SplitMix) -> Self {
        Self::new(at, random.below(4))
    }
}

impl Change for CodeChange {
    fn index(&mut self) -> &mut BlockAccessIndex {
        &mut self.block_access_index
    }

    fn alter(&mut self, random: &mut SplitMix) {
        let mut code = self.new_code.to_vec();
        if code.is_empty() || random.percent(30) {
            self.new_code = invent_code(random);
        } else {
            let at = random.index(code.len());
            code[at] ^= 1 << random.below(8);
            self.new_code = code.into();
        }
    }

    fn invent(at: BlockAccessIndex, random: &mut SplitMix) -> Self {
        Self::new(at, invent_code(random))
    }
}

fn alter(value: U256, random: &mut SplitMix) -> U256 {
    match random.below(5) {
        0 => value.wrapping_add(U256::ONE),
        1 => value.wrapping_sub(U256::ONE),
        2 => U256::ZERO,
        3 => U256::MAX,
        _ => random.word().into(),
    }
}

/// Code that ends, never ends, is a delegation, or looks like one and is none.
fn invent_code(random: &mut SplitMix) -> Bytes {
    match random.below(5) {
        0 => Bytes::from_static(&[0x00]),
        1 => Bytes::from_static(&[0x5b, 0x5f, 0x56]),
        2 => [&[0xef, 1, 0], &random.bytes(20)[..]].concat().into(),
        3 => [&[0xef, 1, 0], &random.bytes(7)[..]].concat().into(),
        _ => Bytes::new(),
    }
}

/// A random one of the items that fit.
fn pick<'a, T>(items: &'a mut [T], random: &mut SplitMix, fits: impl Fn(&T) -> bool) -> Option<&'a mut T> {
    let fitting: Vec<_> = items.iter().enumerate().filter(|(_, item)| fits(item)).map(|(at, _)| at).collect();
    let at = *fitting.get(random.index(fitting.len()))?;
    items.get_mut(at)
}

fn drop_one<C>(changes: &mut Vec<C>, random: &mut SplitMix) -> Option<()> {
    changes.remove(random.index(changes.len()));
    Some(())
}

fn alter_one<C: Change>(changes: &mut [C], random: &mut SplitMix) -> Option<()> {
    pick(changes, random, |_| true)?.alter(random);
    Some(())
}

/// Moves one change to another position of the block, or behind its end.
fn shift_one<C: Change>(changes: &mut [C], random: &mut SplitMix, transactions: u64) -> Option<()> {
    let target = BlockAccessIndex::new(random.below(transactions + 4));
    *pick(changes, random, |_| true)?.index() = target;
    changes.sort_by_key(|change| *change.clone().index());
    Some(())
}

fn add_one<C: Change>(changes: &mut Vec<C>, random: &mut SplitMix, transactions: u64) -> Option<()> {
    let at = BlockAccessIndex::new(random.below(transactions + 4));
    let place = changes.partition_point(|change| *change.clone().index() <= at);
    changes.insert(place, C::invent(at, random));
    Some(())
}

fn repeat_one<C: Change>(changes: &mut Vec<C>, random: &mut SplitMix) -> Option<()> {
    let at = random.index(changes.len());
    changes.insert(at, changes[at].clone());
    Some(())
}

fn with_balances<'a>(accounts: &'a mut Accounts, random: &mut SplitMix) -> Option<&'a mut Vec<BalanceChange>> {
    Some(&mut pick(accounts, random, |account| !account.balance_changes.is_empty())?.balance_changes)
}

fn with_nonces<'a>(accounts: &'a mut Accounts, random: &mut SplitMix) -> Option<&'a mut Vec<NonceChange>> {
    Some(&mut pick(accounts, random, |account| !account.nonce_changes.is_empty())?.nonce_changes)
}

fn with_codes<'a>(accounts: &'a mut Accounts, random: &mut SplitMix) -> Option<&'a mut Vec<CodeChange>> {
    Some(&mut pick(accounts, random, |account| !account.code_changes.is_empty())?.code_changes)
}

fn with_slots<'a>(accounts: &'a mut Accounts, random: &mut SplitMix) -> Option<&'a mut AccountChanges> {
    pick(accounts, random, |account| !account.storage_changes.is_empty())
}

fn with_values<'a>(accounts: &'a mut Accounts, random: &mut SplitMix) -> Option<&'a mut Vec<StorageChange>> {
    let account = with_slots(accounts, random)?;
    Some(&mut pick(&mut account.storage_changes, random, |_| true)?.changes)
}

fn with_reads<'a>(accounts: &'a mut Accounts, random: &mut SplitMix) -> Option<&'a mut AccountChanges> {
    pick(accounts, random, |account| !account.storage_reads.is_empty())
}

fn any<'a>(accounts: &'a mut Accounts, random: &mut SplitMix) -> Option<&'a mut AccountChanges> {
    pick(accounts, random, |_| true)
}

/// A slot of which the account's entry may know nothing.
fn strange_slot(random: &mut SplitMix) -> U256 {
    if random.percent(50) { U256::from(random.below(6)) } else { random.word().into() }
}

fn insert_slot(account: &mut AccountChanges, slot: SlotChanges) {
    let place = account.storage_changes.partition_point(|other| other.slot < slot.slot);
    account.storage_changes.insert(place, slot);
}

fn insert_read(account: &mut AccountChanges, slot: U256) {
    let place = account.storage_reads.partition_point(|other| *other < slot);
    account.storage_reads.insert(place, slot);
}

macro_rules! lie {
    ($name:literal, $tell:expr) => {
        Lie { name: $name, is_malformed: false, tell: $tell }
    };
    (malformed $name:literal, $tell:expr) => {
        Lie { name: $name, is_malformed: true, tell: $tell }
    };
}

/// All lies.
pub(crate) const LIES: &[Lie] = &[
    lie!("an account is left out", |accounts, random, _| {
        (!accounts.is_empty()).then(|| accounts.remove(random.index(accounts.len())))?;
        Some(())
    }),
    lie!("an account that nobody touched", |accounts, random, _| {
        let address = Address::from_word(random.word());
        let place = accounts.partition_point(|account| account.address < address);
        accounts.insert(place, AccountChanges::new(address));
        Some(())
    }),
    lie!("an account with its neighbour's address", |accounts, random, _| {
        let account = any(accounts, random)?;
        account.address.0[19] ^= 1;
        Some(())
    }),
    lie!("an account without its changes", |accounts, random, _| {
        let account = any(accounts, random)?;
        *account = AccountChanges::new(account.address);
        Some(())
    }),
    lie!("two accounts with each other's changes", |accounts, random, _| {
        let [first, second] = [random.index(accounts.len()), random.index(accounts.len())];
        let (one, other) = (accounts.get(first)?.address, accounts[second].address);
        accounts.swap(first, second);
        (accounts[first].address, accounts[second].address) = (one, other);
        Some(())
    }),
    lie!(malformed "an account twice", |accounts, random, _| {
        let at = random.index(accounts.len());
        accounts.insert(at, accounts.get(at)?.clone());
        Some(())
    }),
    lie!(malformed "accounts in another order", |accounts, random, _| {
        if accounts.len() < 2 {
            return None;
        }
        let at = random.index(accounts.len() - 1);
        accounts.swap(at, at + 1);
        Some(())
    }),
    lie!("a slot that was read is left out", |accounts, random, _| {
        drop_one(&mut with_reads(accounts, random)?.storage_reads, random)
    }),
    lie!("a slot that nobody read", |accounts, random, _| {
        let slot = strange_slot(random);
        insert_read(any(accounts, random)?, slot);
        Some(())
    }),
    lie!("a slot that was read as changed", |accounts, random, transactions| {
        let account = with_reads(accounts, random)?;
        let slot = account.storage_reads.remove(random.index(account.storage_reads.len()));
        let at = BlockAccessIndex::new(random.below(transactions + 2));
        insert_slot(account, SlotChanges::new(slot, vec![StorageChange::invent(at, random)]));
        Some(())
    }),
    lie!("a slot that was changed as read", |accounts, random, _| {
        let account = with_slots(accounts, random)?;
        let slot = account.storage_changes.remove(random.index(account.storage_changes.len())).slot;
        insert_read(account, slot);
        Some(())
    }),
    lie!("a slot that was changed is left out", |accounts, random, _| {
        drop_one(&mut with_slots(accounts, random)?.storage_changes, random)
    }),
    lie!("a slot that nobody changed", |accounts, random, transactions| {
        let at = BlockAccessIndex::new(random.below(transactions + 2));
        let slot = SlotChanges::new(strange_slot(random), vec![StorageChange::invent(at, random)]);
        insert_slot(any(accounts, random)?, slot);
        Some(())
    }),
    lie!("a slot with another number", |accounts, random, _| {
        let account = with_slots(accounts, random)?;
        let at = random.index(account.storage_changes.len());
        let mut slot = account.storage_changes.remove(at);
        slot.slot ^= U256::ONE << random.index(256);
        insert_slot(account, slot);
        Some(())
    }),
    lie!(malformed "a slot both read and changed", |accounts, random, _| {
        let account = with_slots(accounts, random)?;
        let slot = account.storage_changes[random.index(account.storage_changes.len())].slot;
        insert_read(account, slot);
        Some(())
    }),
    lie!(malformed "a slot twice", |accounts, random, _| {
        let slots = &mut with_slots(accounts, random)?.storage_changes;
        let at = random.index(slots.len());
        slots.insert(at, slots[at].clone());
        Some(())
    }),
    lie!(malformed "a changed slot without a change", |accounts, random, _| {
        with_values(accounts, random)?.clear();
        Some(())
    }),
    lie!("a value is left out", |accounts, random, _| {
        let values = with_values(accounts, random)?;
        if values.len() < 2 {
            return None;
        }
        drop_one(values, random)
    }),
    lie!("another value", |accounts, random, _| alter_one(with_values(accounts, random)?, random)),
    lie!("a value elsewhere", |accounts, random, n| shift_one(with_values(accounts, random)?, random, n)),
    lie!("a value that nobody wrote", |accounts, random, n| add_one(with_values(accounts, random)?, random, n)),
    lie!(malformed "a value twice", |accounts, random, _| repeat_one(with_values(accounts, random)?, random)),
    lie!("a balance is left out", |accounts, random, _| drop_one(with_balances(accounts, random)?, random)),
    lie!("another balance", |accounts, random, _| alter_one(with_balances(accounts, random)?, random)),
    lie!("a balance elsewhere", |accounts, random, n| shift_one(with_balances(accounts, random)?, random, n)),
    lie!("a balance that nobody made", |accounts, random, n| {
        add_one(&mut any(accounts, random)?.balance_changes, random, n)
    }),
    lie!(malformed "a balance twice", |accounts, random, _| repeat_one(with_balances(accounts, random)?, random)),
    lie!("a nonce is left out", |accounts, random, _| drop_one(with_nonces(accounts, random)?, random)),
    lie!("another nonce", |accounts, random, _| alter_one(with_nonces(accounts, random)?, random)),
    lie!("a nonce elsewhere", |accounts, random, n| shift_one(with_nonces(accounts, random)?, random, n)),
    lie!("a nonce that nobody made", |accounts, random, n| {
        add_one(&mut any(accounts, random)?.nonce_changes, random, n)
    }),
    lie!(malformed "a nonce twice", |accounts, random, _| repeat_one(with_nonces(accounts, random)?, random)),
    lie!("a code is left out", |accounts, random, _| drop_one(with_codes(accounts, random)?, random)),
    lie!("another code", |accounts, random, _| alter_one(with_codes(accounts, random)?, random)),
    lie!("a code elsewhere", |accounts, random, n| shift_one(with_codes(accounts, random)?, random, n)),
    lie!("a code that nobody deployed", |accounts, random, n| {
        add_one(&mut any(accounts, random)?.code_changes, random, n)
    }),
    lie!(malformed "a code twice", |accounts, random, _| repeat_one(with_codes(accounts, random)?, random)),
    lie!("everything one position later", |accounts, _, _| {
        for account in accounts.iter_mut() {
            account.balance_changes.iter_mut().for_each(|change| change.index().0 += 1);
            account.nonce_changes.iter_mut().for_each(|change| change.index().0 += 1);
            account.code_changes.iter_mut().for_each(|change| change.index().0 += 1);
            let values = account.storage_changes.iter_mut().flat_map(|slot| slot.changes.iter_mut());
            values.for_each(|change| change.index().0 += 1);
        }
        Some(())
    }),
    lie!("nothing at all", |accounts, _, _| {
        accounts.clear();
        Some(())
    }),
];
