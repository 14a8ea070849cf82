//! Names of storage variables: what a layout and what was hashed say, against where the language puts things.

use access_list::{Preimages, StorageLayout};
use primitives::{Address, U256, keccak256};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// The slot that a hash of these bytes names; the input is noted as execution would.
fn hashed(preimages: &mut Preimages, parts: &[&[u8]]) -> U256 {
    let input = parts.concat();
    preimages.insert(&input);
    keccak256(input).into()
}

fn word(value: U256) -> [u8; 32] {
    value.to_be_bytes()
}

fn uint(bytes: u64) -> Value {
    json!({ "encoding": "inplace", "label": "uint", "numberOfBytes": bytes.to_string() })
}

fn variable(label: &str, slot: u64, offset: u64, kind: &str) -> Value {
    json!({ "label": label, "slot": slot.to_string(), "offset": offset, "type": kind })
}

#[test]
fn packed_variables_are_named_together() {
    let layout = json!([
        variable("reserve0", 2, 0, "t_uint112"),
        variable("reserve1", 2, 14, "t_uint112"),
        variable("updated", 2, 28, "t_uint32"),
        variable("open", 3, 0, "t_uint256"),
    ]);
    let layout = StorageLayout::from_value(&layout).unwrap();
    let name = |slot: u64| layout.name(U256::from(slot), &Preimages::new());
    assert_eq!(name(2).as_deref(), Some("reserve0, reserve1, updated"));
    assert_eq!(name(3).as_deref(), Some("open"));
    assert_eq!(name(1), None);
    assert_eq!(name(4), None);
}

#[test]
fn keys_of_mappings_are_written_as_their_types_are() {
    let layout = json!([
        variable("allowance", 1, 0, "t_mapping(t_address,t_mapping(t_address,t_uint256))"),
        variable("records", 4, 0, "t_mapping(t_string_memory_ptr,t_string_storage)"),
        variable("debts", 5, 0, "t_mapping(t_int64,t_uint256)"),
        variable("places", 6, 0, "t_mapping(t_bytes4,t_bool)"),
    ]);
    let layout = StorageLayout::from_value(&layout).unwrap();
    let mut preimages = Preimages::new();
    let (owner, spender) = (Address::repeat_byte(0xab), Address::repeat_byte(0x0c));
    let outer = hashed(&mut preimages, &[owner.into_word().as_slice(), &word(U256::ONE)]);
    let inner = hashed(&mut preimages, &[spender.into_word().as_slice(), &word(outer)]);
    assert_eq!(layout.name(inner, &preimages), Some(format!("allowance[{owner}][{spender}]")));

    let record = hashed(&mut preimages, &[b"alice \"the\" first", &word(U256::from(4))]);
    assert_eq!(layout.name(record, &preimages).unwrap(), r#"records["alice \"the\" first"]"#);
    let content = hashed(&mut preimages, &[&word(record)]);
    assert_eq!(layout.name(content + U256::from(2), &preimages).unwrap(), r#"records["alice \"the\" first"].word[2]"#);

    let debt = hashed(&mut preimages, &[&word(U256::MAX - U256::from(6)), &word(U256::from(5))]);
    assert_eq!(layout.name(debt, &preimages).unwrap(), "debts[-7]");
    let mut place = [0; 32];
    place[..4].copy_from_slice(&[0xde, 0xad, 0xbe, 0xef]);
    let place = hashed(&mut preimages, &[&place, &word(U256::from(6))]);
    assert_eq!(layout.name(place, &preimages).unwrap(), "places[0xdeadbeef]");
}

#[test]
fn what_leads_nowhere_has_no_name() {
    let layout =
        StorageLayout::from_value(&json!([variable("words", 0, 0, "t_mapping(t_address,t_uint256)")])).unwrap();
    let mut preimages = Preimages::new();
    let other = hashed(&mut preimages, &[&[7; 32], &word(U256::from(9))]);
    assert_eq!(layout.name(other, &preimages), None, "no variable at slot 9");
    let no_address = hashed(&mut preimages, &[&[0xff; 32], &word(U256::ZERO)]);
    assert_eq!(layout.name(no_address, &preimages), None, "the key is no address");
    assert_eq!(layout.name(U256::MAX, &preimages), None);
}

#[test]
fn layouts_that_were_made_to_be_slow_or_endless_end() {
    let members: Vec<Value> = (0..60).map(|at| variable(&format!("m{at}"), 0, 0, "t_struct(S)1_storage")).collect();
    let types = json!({
        "t_struct(S)1_storage": { "encoding": "inplace", "label": "S", "numberOfBytes": "32", "members": members },
        "t_array(t_array)3_storage":
            { "encoding": "inplace", "label": "a", "numberOfBytes": "1", "base": "t_array(t_array)3_storage" },
    });
    let storage = [variable("s", 0, 0, "t_struct(S)1_storage"), variable("a", 0, 0, "t_array(t_array)3_storage")];
    let layout = StorageLayout::from_value(&json!({ "storage": storage, "types": types })).unwrap();
    assert_eq!(layout.name(U256::ZERO, &Preimages::new()), None);
    for wrong in ["", "{}", "[1]", r#"[{"label":"a","slot":"-1","offset":0,"type":"t_bool"}]"#, "{\"storage\":5}"] {
        assert!(StorageLayout::from_json(wrong).is_err(), "{wrong}");
    }
    let odd = r#"{"storage":[{"label":"a","slot":"1","offset":0,"type":"t_mapping(((("}],"types":null}"#;
    assert_eq!(StorageLayout::from_json(odd).unwrap().name(U256::ONE, &Preimages::new()).as_deref(), Some("a"));
}

/// A type as the language has it; where its parts lie is worked out here a second time, the forward way.
#[derive(Clone, Debug)]
enum Shape {
    Uint(u64),
    Text,
    Mapping(Box<Shape>),
    Fixed(u64, Box<Shape>),
    Dynamic(Box<Shape>),
    Struct(Vec<Shape>),
}

fn shapes() -> impl Strategy<Value = Shape> {
    let leaf =
        prop_oneof![prop::sample::select(vec![1, 2, 8, 14, 16, 20, 32]).prop_map(Shape::Uint), Just(Shape::Text)];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|value| Shape::Mapping(Box::new(value))),
            (1_u64..6, inner.clone()).prop_map(|(length, item)| Shape::Fixed(length, Box::new(item))),
            inner.clone().prop_map(|item| Shape::Dynamic(Box::new(item))),
            prop::collection::vec(inner, 1..4).prop_map(Shape::Struct),
        ]
    })
}

impl Shape {
    fn name(&self) -> String {
        match self {
            Self::Uint(bytes) => format!("t_uint{}", bytes * 8),
            Self::Text => "t_string_storage".to_owned(),
            Self::Mapping(value) => format!("t_mapping(t_uint256,{})", value.name()),
            Self::Fixed(length, item) => format!("t_array({}){length}_storage", item.name()),
            Self::Dynamic(item) => format!("t_array({})dyn_storage", item.name()),
            Self::Struct(members) => {
                let members: Vec<String> = members.iter().map(Self::name).collect();
                format!("t_struct({})1_storage", members.join(";"))
            }
        }
    }

    /// Bytes, if several may share a slot.
    fn packed(&self) -> Option<u64> {
        if let Self::Uint(bytes) = self { Some(*bytes) } else { None }
    }

    fn slots(&self) -> u64 {
        match self {
            Self::Fixed(length, item) => match item.packed() {
                Some(bytes) => length.div_ceil(32 / bytes),
                None => length * item.slots(),
            },
            Self::Struct(members) => places(members).1,
            _ => 1,
        }
    }

    fn types(&self, types: &mut Map<String, Value>) {
        let inner: Vec<&Self> = match self {
            Self::Mapping(one) | Self::Fixed(_, one) | Self::Dynamic(one) => vec![one],
            Self::Struct(members) => members.iter().collect(),
            Self::Uint(_) | Self::Text => Vec::new(),
        };
        for one in &inner {
            one.types(types);
        }
        let bytes = (self.slots() * 32).to_string();
        let written = match self {
            Self::Uint(bytes) => uint(*bytes),
            Self::Text => json!({ "encoding": "bytes", "label": "string", "numberOfBytes": "32" }),
            Self::Mapping(value) => {
                json!({ "encoding": "mapping", "label": "", "numberOfBytes": "32", "key": "t_uint256", "value": value.name() })
            }
            Self::Fixed(_, item) => {
                json!({ "encoding": "inplace", "label": "", "numberOfBytes": bytes, "base": item.name() })
            }
            Self::Dynamic(item) => {
                json!({ "encoding": "dynamic_array", "label": "", "numberOfBytes": "32", "base": item.name() })
            }
            Self::Struct(members) => {
                json!({ "encoding": "inplace", "label": "", "numberOfBytes": bytes, "members": written(members, "m") })
            }
        };
        types.insert(self.name(), written);
    }

    /// Follows choices down to one slot; gives its number and its name.
    fn walk(
        &self,
        name: String,
        slot: U256,
        choices: &mut dyn Iterator<Item = u8>,
        seen: &mut Preimages,
    ) -> (U256, String) {
        let mut choose = |below: u64| u64::from(choices.next().unwrap_or_default()) % below;
        match self {
            Self::Uint(_) => (slot, name),
            Self::Text => match choose(4) {
                0 => (slot, name),
                at => (hashed(seen, &[&word(slot)]) + U256::from(at), format!("{name}.word[{at}]")),
            },
            Self::Mapping(value) => {
                let key = choose(200);
                let at = hashed(seen, &[&word(U256::from(key)), &word(slot)]);
                value.walk(format!("{name}[{key}]"), at, choices, seen)
            }
            Self::Fixed(length, item) => {
                let index = choose(*length);
                item.walk_item(&name, slot, index, choices, seen)
            }
            Self::Dynamic(item) => match choose(50) {
                0 => (slot, format!("{name}.length")),
                index => {
                    let first = hashed(seen, &[&word(slot)]);
                    item.walk_item(&name, first, index, choices, seen)
                }
            },
            Self::Struct(members) => {
                let member = choose(members.len() as u64) as usize;
                let (place, _) = places(members).0[member];
                members[member].walk(format!("{name}.m{member}"), slot + U256::from(place), choices, seen)
            }
        }
    }

    fn walk_item(
        &self,
        name: &str,
        first: U256,
        index: u64,
        choices: &mut dyn Iterator<Item = u8>,
        seen: &mut Preimages,
    ) -> (U256, String) {
        match self.packed() {
            Some(bytes) => {
                let slot = index / (32 / bytes);
                (first + U256::from(slot), format!("{name}[{}]", slot * (32 / bytes)))
            }
            None => self.walk(format!("{name}[{index}]"), first + U256::from(index * self.slots()), choices, seen),
        }
    }
}

/// Where variables one after another lie: slot and offset of each, and the slots of all.
fn places(shapes: &[Shape]) -> (Vec<(u64, u64)>, u64) {
    let (mut slot, mut offset) = (0, 0);
    let mut places = Vec::new();
    for shape in shapes {
        match shape.packed() {
            Some(bytes) => {
                if offset + bytes > 32 {
                    (slot, offset) = (slot + 1, 0);
                }
                places.push((slot, offset));
                offset += bytes;
            }
            None => {
                if offset > 0 {
                    (slot, offset) = (slot + 1, 0);
                }
                places.push((slot, 0));
                slot += shape.slots();
            }
        }
    }
    (places, slot + u64::from(offset > 0))
}

fn written(shapes: &[Shape], prefix: &str) -> Vec<Value> {
    let places = places(shapes).0;
    let each = shapes.iter().zip(places).enumerate();
    each.map(|(at, (shape, (slot, offset)))| variable(&format!("{prefix}{at}"), slot, offset, &shape.name())).collect()
}

proptest! {
    #[test]
    fn every_slot_that_a_contract_can_use_is_named(shapes in prop::collection::vec(shapes(), 1..5), paths in prop::collection::vec(prop::collection::vec(any::<u8>(), 12), 8)) {
        let mut types = Map::new();
        for shape in &shapes {
            shape.types(&mut types);
        }
        let layout = json!({ "storage": written(&shapes, "v"), "types": types });
        let layout = StorageLayout::from_value(&layout).unwrap();
        let mut seen = Preimages::new();
        for path in paths {
            let mut choices = path.into_iter();
            let variable = usize::from(choices.next().unwrap()) % shapes.len();
            let (place, _) = places(&shapes).0[variable];
            let (slot, name) = shapes[variable].walk(format!("v{variable}"), U256::from(place), &mut choices, &mut seen);
            let found = layout.name(slot, &seen).unwrap_or_default();
            prop_assert!(found.split(", ").any(|one| one == name), "{name} at {slot:#x}: {found:?}");
        }
    }

    #[test]
    fn no_text_makes_the_decoder_panic(text in "\\PC{0,200}", slot in any::<u64>(), kind in "t_(mapping|array|struct|uint|bytes|int)[(),_a-z0-9]{0,30}") {
        drop(StorageLayout::from_json(&text));
        let layout = StorageLayout::from_value(&json!([variable("a", 0, 0, &kind)])).unwrap();
        let mut seen = Preimages::new();
        let inner = hashed(&mut seen, &[&word(U256::from(slot)), &word(U256::ZERO)]);
        drop((layout.name(U256::from(slot), &seen), layout.name(inner, &seen)));
    }
}
