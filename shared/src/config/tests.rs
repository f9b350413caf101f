use super::*;

const SHIPPED: &str = include_str!("../../../config.json");

/// The file of the original system.
const ORIGINAL: &str = r#"{
    "service": 9988,
    "sync": "remote-write",
    "replicas": ["127.0.0.1:10000", "127.0.0.1:20000", "127.0.0.1:30000", "127.0.0.1:40000"]
}"#;

/// Where Linux begins to take ports of clients from.
const FIRST_OF_CLIENTS: u16 = 32_768;

#[test]
fn the_shipped_file_parses_and_defaults_are_filled_in() {
    let config = Config::parse(SHIPPED).expect("the shipped file is valid");
    assert_eq!((config.service, config.replicas.len()), (9988, 4));
    let (data, log) = (config.data.as_deref(), config.log.as_deref());
    assert_eq!((config.ack, data, log), (Ack::All, Some("data"), Some("log/log.txt")));
    assert_eq!(config.gateway().to_string(), "127.0.0.1:9988");
    assert_eq!((config.listen, config.names, config.public), (None, Vec::new(), None));
}

#[test]
fn no_client_is_given_a_port_of_the_shipped_file() {
    let config = Config::parse(SHIPPED).expect("the shipped file is valid");
    let mut ports = config.replicas.iter().map(|address| address.port).chain([config.service]);
    assert!(ports.all(|port| port < FIRST_OF_CLIENTS), "{:?}", config.replicas);
}

#[test]
fn the_original_file_parses() {
    let config = Config::parse(ORIGINAL).expect("it works unchanged");
    let written: Vec<String> = config.replicas.iter().map(ToString::to_string).collect();
    assert_eq!(written, ["127.0.0.1:10000", "127.0.0.1:20000", "127.0.0.1:30000", "127.0.0.1:40000"]);
}

#[test]
fn a_configuration_that_is_written_is_read_again() {
    let text = r#"{ "service": 1, "sync": "local-write", "replicas": ["[::1]:2", "LOCALHOST:3"], "host": "::",
        "listen": "::", "names": ["Notes.Example"], "public": "https://notes.example/baton/" }"#;
    let config = Config::parse(text).expect("it is valid");
    let written = serde_json::to_string(&config).expect("it can be written");
    assert!(written.contains(r#""replicas":["[::1]:2","localhost:3"]"#), "{written}");
    assert_eq!(Config::parse(&written), Ok(config));
}

#[test]
fn the_gateway_is_where_it_is_said_to_be_or_where_it_listens() {
    for (keys, gateway) in [
        ("", "127.0.0.1:9988"),
        (r#""host": "notes.example","#, "notes.example:9988"),
        (r#""listen": "0.0.0.0","#, "0.0.0.0:9988"),
        (r#""listen": "0.0.0.0", "host": "notes.example","#, "notes.example:9988"),
        (r#""listen": null, "host": null,"#, "127.0.0.1:9988"),
    ] {
        let config = Config::parse(&with(keys)).expect("it is valid");
        assert_eq!(config.gateway().to_string(), gateway, "{keys}");
    }
}

fn with(extra: &str) -> String {
    format!("{{\n\"service\": 9988,\n\"sync\": \"remote-write\",\n{extra}\n\"replicas\": [\"h:1\"]\n}}")
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let error = Config::parse(text).expect_err("the text is broken");
    let line = error.to_string();
    assert!(line.contains(expected), "{line:?} does not say {expected:?}");
    assert_eq!(line.lines().count(), 1, "{line:?}");
}

#[test]
fn errors_name_line_and_key() {
    check(&with("\"colour\": 1,"), "line 4, key `colour`: unknown field `colour`");
    check(&with("\"ack\": \"some\","), "line 4, key `ack`: unknown variant `some`");
    check(&with("\"data\": 4,"), "line 4, key `data`: invalid type: integer `4`, expected the name of a folder");
    check("{\n\"service\": 9988,\n", "line 3: EOF while parsing");
    check("{\"service\": 1, \"sync\": \"local-write\",\n\"replicas\": []}", "line 2, key `replicas`: give 1 to 9");
    check("{\"service\": 1, \"sync\": \"local-write\",\n\"replicas\": [\"x\"]}", "line 2, key `replicas[0]`");
    check("{\"service\": 1, \"sync\": \"local-write\"}", "missing field `replicas`");
}

#[test]
fn a_value_of_a_wrong_type_is_told_what_its_key_takes() {
    let shipped: serde_json::Value = serde_json::from_str(ORIGINAL).expect("it is JSON");
    for (key, expected) in [
        ("service", "a port from 1 to 65535"),
        ("sync", "\"remote-write\" or"),
        ("replicas", "a list of 1 to 9 addresses"),
        ("ack", "\"all\", \"majority\""),
        ("reads", "\"local\", "),
        ("failover", "\"auto\" or"),
        ("data", "the name of a folder"),
        ("log", "the name of a file"),
        ("host", "a name or an IP"),
        ("listen", "an IP address of this machine"),
        ("names", "a list of names"),
        ("public", "an address such as \"https://"),
    ] {
        for wrong in [serde_json::json!(70_000.5), serde_json::json!(true)] {
            let mut config = shipped.clone();
            config[key] = wrong;
            let text = serde_json::to_string_pretty(&config).expect("it is JSON");
            let error = Config::parse(&text).expect_err("it is of a wrong type").to_string();
            assert!(error.contains(&format!("key `{key}`: ")) && error.contains(expected), "{error}");
            assert!(!["u16", "struct", "map", "enum"].iter().any(|word| error.contains(&format!("expected {word}"))));
        }
    }
    check("[1]", "expected an object in braces");
    check(&ORIGINAL.replace("9988", "70000"), "expected a port from 1 to 65535");
}

#[test]
fn errors_of_addresses_name_their_own_line() {
    let replicas = |second: &str| {
        format!("{{\n\"service\": 9988, \"sync\": \"remote-write\",\n\"replicas\": [\n\"127.0.0.1:1\",\n{second}\n]}}")
    };
    for (second, said) in [
        ("\"::1:41201\"", "brackets"),
        ("\"http://127.0.0.1:41201\"", "leave `http://` out"),
        ("\" 127.0.0.1:41201\"", "blank"),
        ("\"127.0.0.1\"", "the port is missing"),
        ("\"localhost:1\"", "`replicas[0]`, given twice"),
        ("\"[::ffff:127.0.0.1]:1\"", "`replicas[0]`, given twice"),
        ("\"0.0.0.0:41201\"", "others cannot call 0.0.0.0: "),
        ("\"[::]:41201\"", "as `listen`"),
        ("\"224.0.0.1:41201\"", "nobody can call 224.0.0.1"),
        ("5", "invalid type"),
    ] {
        let text = replicas(second);
        check(&text, "line 5, key `replicas[1]`: ");
        check(&text, said);
    }
    for (keys, said) in [
        ("\"host\": \"0.0.0.0:9988\",", "key `host`: leave the port `:9988` out"),
        ("\"host\": \"http://a\",", "key `host`: leave `http://` out"),
        ("\"host\": \"255.255.255.255\",", "key `host`: nobody can call"),
        ("\"listen\": \"notes.example\",", "key `listen`: `notes.example` is a name"),
        ("\"listen\": \"224.0.0.1\",", "key `listen`: nobody can call 224.0.0.1"),
        ("\"data\": \"\",", "key `data`: give the name of a folder"),
        ("\"log\": \" \",", "key `log`: give the name of a file"),
        ("\"names\": [\"a\", \"*\"],", "key `names[1]`: `*` is neither"),
        ("\"names\": [\"a:9988\"],", "key `names[0]`: leave the port `:9988` out"),
        ("\"public\": \"notes.example\",", "key `public`: give the whole address"),
    ] {
        check(&with(keys), &format!("line 4, {said}"));
    }
    let names: Vec<String> = (0..33).map(|number| format!("\"n{number}\"")).collect();
    check(&with(&format!("\"names\": [{}],", names.join(", "))), "line 4, key `names`: give up to 32");
}

#[test]
fn equal_ports_are_fine_on_different_hosts() {
    let config = |service: u16, host: &str, replicas: &str| {
        format!(
            "{{\"sync\": \"local-write\",\n\"service\": {service}, \"host\": \"{host}\", \"replicas\": [{replicas}]}}"
        )
    };
    for text in [
        config(7, "a.example", "\"b.example:7\", \"c.example:7\""),
        config(7, "127.0.0.1", "\"127.0.0.2:7\", \"[::1]:7\""),
        config(7, "0.0.0.0", "\"10.0.0.3:7\""),
    ] {
        Config::parse(&text).expect(&text);
    }
    for text in [
        config(7, "a.example", "\"b.example:7\", \"A.Example:7\""),
        config(7, "localhost", "\"127.0.0.1:8\", \"127.0.0.1:7\""),
        config(7, "0.0.0.0", "\"b.example:7\", \"localhost:7\""),
    ] {
        check(&text, "line 2, key `service`: this port is the gateway's and that of `replicas[1]`");
    }
}
