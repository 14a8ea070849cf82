use super::*;

fn check_mainnet(number: u64, timestamp: u64, expected: Fork) {
    assert_eq!(ChainSpec::mainnet().fork_at(number, timestamp), expected, "block {number} at {timestamp}");
}

#[test]
fn mainnet_forks_start_at_their_block() {
    for (number, before, after) in [
        (1_150_000, Fork::Frontier, Fork::Homestead),
        (2_463_000, Fork::Homestead, Fork::Tangerine),
        (2_675_000, Fork::Tangerine, Fork::SpuriousDragon),
        (4_370_000, Fork::SpuriousDragon, Fork::Byzantium),
        (7_280_000, Fork::Byzantium, Fork::Petersburg),
        (9_069_000, Fork::Petersburg, Fork::Istanbul),
        (12_244_000, Fork::Istanbul, Fork::Berlin),
        (12_965_000, Fork::Berlin, Fork::London),
        (15_537_394, Fork::London, Fork::Paris),
    ] {
        check_mainnet(number - 1, 0, before);
        check_mainnet(number, 0, after);
    }
}

#[test]
fn mainnet_forks_start_at_their_time() {
    for (timestamp, before, after) in [
        (1_681_338_455, Fork::Paris, Fork::Shanghai),
        (1_710_338_135, Fork::Shanghai, Fork::Cancun),
        (1_746_612_311, Fork::Cancun, Fork::Prague),
        (1_764_798_551, Fork::Prague, Fork::Osaka),
    ] {
        check_mainnet(20_000_000, timestamp - 1, before);
        check_mainnet(20_000_000, timestamp, after);
    }
}

#[test]
fn mainnet_blobs_follow_the_schedule() {
    let max = |timestamp| ChainSpec::mainnet().blob_params_at(timestamp).map(|params| params.max_blob_count);
    assert_eq!(max(1_710_338_134), None);
    assert_eq!(max(1_710_338_135), Some(6));
    assert_eq!(max(1_746_612_311), Some(9));
    assert_eq!(max(1_764_798_551), Some(9));
    assert_eq!(max(1_765_290_071), Some(15));
    assert_eq!(max(1_767_747_671), Some(21));
    assert_eq!(max(u64::MAX), Some(21));
}

#[test]
fn the_dao_moves_in_one_block_and_marks_ten() {
    let spec = ChainSpec::mainnet();
    assert!(!spec.is_dao_fork_block(1_919_999) && spec.is_dao_fork_block(1_920_000));
    assert!(!spec.is_dao_fork_block(1_920_001));
    assert!(spec.requires_dao_extra_data(1_920_009) && !spec.requires_dao_extra_data(1_920_010));
    assert!(!spec.requires_dao_extra_data(1_919_999));
}

#[test]
fn a_single_fork_holds_from_genesis_on() {
    for fork in Fork::ALL {
        let spec = ChainSpec::at_fork(fork);
        assert_eq!(spec.fork_at(0, 0), fork);
        assert_eq!(spec.fork_at(u64::MAX, u64::MAX), fork);
        assert_eq!(spec.blob_params_at(0).is_some(), fork >= Fork::Cancun, "{fork}");
    }
}

fn network(name: &str) -> ChainSpec {
    ChainSpec::from_fixture_network(name).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn fixture_transitions_switch_at_their_point() {
    for (name, before, after) in [
        ("FrontierToHomesteadAt5", Fork::Frontier, Fork::Homestead),
        ("HomesteadToEIP150At5", Fork::Homestead, Fork::Tangerine),
        ("EIP158ToByzantiumAt5", Fork::SpuriousDragon, Fork::Byzantium),
        ("ByzantiumToConstantinopleFixAt5", Fork::Byzantium, Fork::Petersburg),
        ("BerlinToLondonAt5", Fork::Berlin, Fork::London),
    ] {
        assert_eq!(network(name).fork_at(4, 1 << 40), before, "{name}");
        assert_eq!(network(name).fork_at(5, 0), after, "{name}");
    }
    for (name, before, after) in [
        ("ParisToShanghaiAtTime15k", Fork::Paris, Fork::Shanghai),
        ("ShanghaiToCancunAtTime15k", Fork::Shanghai, Fork::Cancun),
        ("CancunToPragueAtTime15k", Fork::Cancun, Fork::Prague),
        ("PragueToOsakaAtTime15k", Fork::Prague, Fork::Osaka),
        ("OsakaToBPO1AtTime15k", Fork::Osaka, Fork::Osaka),
        ("BPO2ToAmsterdamAtTime15k", Fork::Osaka, Fork::Amsterdam),
    ] {
        assert_eq!(network(name).fork_at(1 << 40, 14_999), before, "{name}");
        assert_eq!(network(name).fork_at(0, 15_000), after, "{name}");
    }
}

#[test]
fn fixture_blobs_switch_at_their_point() {
    let max = |name, timestamp| network(name).blob_params_at(timestamp).map(|params| params.max_blob_count);
    assert_eq!(max("ShanghaiToCancunAtTime15k", 14_999), None);
    assert_eq!(max("ShanghaiToCancunAtTime15k", 15_000), Some(6));
    assert_eq!(max("OsakaToBPO1AtTime15k", 14_999), Some(9));
    assert_eq!(max("OsakaToBPO1AtTime15k", 15_000), Some(15));
    assert_eq!(max("BPO2ToBPO3AtTime15k", 15_000), Some(32));
    assert_eq!(max("BPO3ToBPO4AtTime15k", 15_000), Some(21));
    let prague = network("PragueToOsakaAtTime15k");
    assert_eq!(prague.blob_params_at(0), Some(BlobParams::prague()));
    assert_eq!(prague.blob_params_at(15_000), Some(BlobParams::osaka()));
}

#[test]
fn a_fixture_states_its_own_blob_schedule() {
    let own = BlobParams { target_blob_count: 1, max_blob_count: 2, ..BlobParams::bpo1() };
    let blobs = [("BPO5".to_owned(), own)].into();
    let spec = ChainSpec::from_fixture("BPO4ToBPO5AtTime15k", 7, &blobs).expect("a stated schedule suffices");
    assert_eq!(spec.chain_id, 7);
    assert_eq!(spec.blob_params_at(15_000), Some(own));
    let error = ChainSpec::from_fixture_network("BPO4ToBPO5AtTime15k").expect_err("nobody says what BPO5 is");
    assert_eq!(error.to_string(), "chain configuration: no blobSchedule entry for BPO5");
}

#[test]
fn the_dao_and_the_merge_by_difficulty_are_transitions_too() {
    let dao = network("HomesteadToDaoAt5");
    assert!(dao.is_dao_fork_block(5) && dao.requires_dao_extra_data(14) && !dao.requires_dao_extra_data(15));
    assert_eq!(dao.fork_at(5, 0), Fork::Homestead);

    let merge = network("ArrowGlacierToParisAtDiffC0000");
    assert_eq!(merge.activation(Fork::Paris), Activation::TotalDifficulty(U256::from(0xc0000)));
    let header = |difficulty| Header { number: 3, difficulty: U256::from(difficulty), ..Header::default() };
    assert_eq!(merge.fork_of(&header(131_072)), Fork::London);
    assert_eq!(merge.fork_of(&header(0)), Fork::Paris);
}

#[test]
fn unknown_networks_are_errors() {
    for name in ["", "Atlantis", "At", "ToAt", "FrontierToHomesteadAt", "FrontierToHomesteadAtx", "BPO9", "éAt5"] {
        let error = ChainSpec::from_fixture_network(name).expect_err(name);
        assert!(matches!(error, ChainSpecError::UnknownNetwork(_)), "{name}: {error}");
    }
}

const HIVE: &str = r#"{"config": {"chainId": 3503995874084926, "homesteadBlock": 0, "eip150Block": 3,
    "eip155Block": 6, "eip158Block": 6, "byzantiumBlock": 9, "constantinopleBlock": 12, "petersburgBlock": 15,
    "istanbulBlock": 18, "muirGlacierBlock": 21, "berlinBlock": 24, "londonBlock": 27, "arrowGlacierBlock": 30,
    "grayGlacierBlock": 33, "mergeNetsplitBlock": 36, "shanghaiTime": 390, "cancunTime": 420, "pragueTime": 450,
    "osakaTime": 480, "bpo1Time": 510, "terminalTotalDifficulty": 4732352,
    "depositContractAddress": "0x0000000000000000000000000000000000000000", "ethash": {},
    "blobSchedule": {"cancun": {"target": 3, "max": 6, "baseFeeUpdateFraction": 3338477},
        "bpo1": {"target": 10, "max": 15, "baseFeeUpdateFraction": 8346193}}}, "alloc": {}}"#;

#[test]
fn a_genesis_file_is_read() {
    let spec = ChainSpec::from_genesis_json(HIVE).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((spec.chain_id, spec.deposit_contract), (3_503_995_874_084_926, Address::ZERO));
    for (number, timestamp, fork) in [
        (0, 0, Fork::Homestead),
        (11, 110, Fork::Byzantium),
        (12, 120, Fork::Constantinople),
        (15, 150, Fork::Petersburg),
        (35, 350, Fork::London),
        (36, 360, Fork::Paris),
        (39, 390, Fork::Shanghai),
        (45, 450, Fork::Prague),
        (54, 540, Fork::Osaka),
    ] {
        assert_eq!(spec.fork_at(number, timestamp), fork, "{number}");
    }
    assert_eq!(spec.blob_params_at(419), None);
    assert_eq!(spec.blob_params_at(420), Some(BlobParams::cancun()));
    assert_eq!(spec.blob_params_at(450), Some(BlobParams::prague()), "mainnet's, for want of an entry");
    assert_eq!(spec.blob_params_at(510), Some(BlobParams::bpo1()));
}

#[test]
fn mainnet_as_a_genesis_file_is_mainnet() {
    let json = r#"{"chainId":1,"homesteadBlock":1150000,"daoForkBlock":1920000,"daoForkSupport":true,
        "eip150Block":2463000,"eip155Block":2675000,"eip158Block":2675000,"byzantiumBlock":4370000,
        "constantinopleBlock":7280000,"istanbulBlock":9069000,"muirGlacierBlock":9200000,"berlinBlock":12244000,
        "londonBlock":12965000,"arrowGlacierBlock":13773000,"grayGlacierBlock":15050000,
        "terminalTotalDifficulty":58750000000000000000000,"shanghaiTime":1681338455,"cancunTime":1710338135,
        "pragueTime":1746612311,"osakaTime":1764798551,"bpo1Time":1765290071,"bpo2Time":1767747671,
        "depositContractAddress":"0x00000000219ab540356cbb839cbe05303d7705fa","blobSchedule":{
        "bpo1":{"target":10,"max":15,"baseFeeUpdateFraction":8346193},
        "bpo2":{"target":14,"max":21,"baseFeeUpdateFraction":11684671}}}"#;
    let spec = ChainSpec::from_genesis_json(json).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(spec, ChainSpec::mainnet());
}

#[test]
fn bad_genesis_files_are_errors() {
    let cut = &HIVE[..HIVE.len() / 2];
    assert!(matches!(ChainSpec::from_genesis_json(cut), Err(ChainSpecError::Json(_))));
    assert!(matches!(ChainSpec::from_genesis_json("[]"), Err(ChainSpecError::Json(_))));
    assert!(matches!(ChainSpec::from_genesis_json("{}"), Err(ChainSpecError::Json(_))));
    let words = r#"{"chainId": 1, "terminalTotalDifficulty": "much"}"#;
    assert!(matches!(ChainSpec::from_genesis_json(words), Err(ChainSpecError::Number { .. })));
    let bpo = r#"{"chainId": 1, "bpo1Time": 5}"#;
    assert!(matches!(ChainSpec::from_genesis_json(bpo), Err(ChainSpecError::MissingBlobParams(_))));
}

#[test]
fn a_genesis_names_the_prices_of_threads_by_their_hash() {
    let genesis = |hash: alloy_primitives::B256| {
        format!(r#"{{"config":{{"chainId":7,"threads":{{"time":5,"gasHash":"{hash}"}}}}}}"#)
    };
    let default = genesis(ThreadGas::default_hash());
    let spec = ChainSpec::from_genesis_json(&default).expect("the defaults are at hand");
    assert_eq!(spec.thread_gas_at(4), None);
    assert_eq!(spec.thread_gas_at(5), Some(ThreadGas::default()));

    let file = r#"{"subsol":1,"subsolWord":2,"join":3,"sleep":4,"sleepStep":5,"revertt":6,"after":7,"record":8,
        "recordOperation":9,"recordHash":10,"recordSet":11,"recordLocation":12}"#;
    let own = genesis(ThreadGas::hash_of(file));
    let spec = ChainSpec::from_genesis_json_with(&own, Some(file)).expect("it is the file that is named");
    assert_eq!(spec.thread_gas_at(5).map(|gas| gas.after), Some(7));
    for (genesis, file) in [(&own, None), (&default, Some(file))] {
        let refused = ChainSpec::from_genesis_json_with(genesis, file);
        assert!(matches!(refused, Err(ChainSpecError::ThreadGasHash(_))), "{refused:?}");
    }
    let bad = "{}";
    let refused = ChainSpec::from_genesis_json_with(&genesis(ThreadGas::hash_of(bad)), Some(bad));
    assert!(matches!(refused, Err(ChainSpecError::ThreadGas(_))), "{refused:?}");
    assert_eq!(ChainSpec::mainnet().threads, None);
}
