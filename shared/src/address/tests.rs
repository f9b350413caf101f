use super::*;

#[track_caller]
fn address(text: &str) -> Address {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn an_address_is_written_in_one_way() {
    for (text, written) in [
        ("127.0.0.1:10001", "127.0.0.1:10001"),
        ("LocalHost:10001", "localhost:10001"),
        ("replica_1.cluster.local.:7", "replica_1.cluster.local:7"),
        ("[0:0::0:1]:010001", "[::1]:10001"),
        ("[::ffff:127.0.0.1]:1", "127.0.0.1:1"),
        ("xn--o39a.example:65535", "xn--o39a.example:65535"),
    ] {
        assert_eq!(address(text).to_string(), written, "{text}");
        assert_eq!(address(written), address(text));
    }
}

#[test]
fn what_is_no_address_is_told_what_to_write() {
    for (text, said) in [
        ("http://127.0.0.1:1", "leave `http://` out"),
        ("127.0.0.1", "the port is missing"),
        ("notes.example", "the port is missing"),
        ("[::1]", "the port is missing"),
        (":10001", "the host is missing"),
        ("", "the host is missing"),
        ("::1:41201", "in brackets"),
        ("::1", "in brackets"),
        ("a:1:2", "in brackets"),
        (" 127.0.0.1:1", "a blank"),
        ("127.0.0.1:1\n", "a blank"),
        ("foo bar:1", "a blank"),
        ("h:0", "`0` is no port"),
        ("h:65536", "`65536` is no port"),
        ("h:+1", "`+1` is no port"),
        ("h:", "`` is no port"),
        ("h:1/note", "`1/note` is no port"),
        ("h/note:1", "`h/note` is neither"),
        ("user@h:1", "`user@h` is neither"),
        ("-h:1", "`-h` is neither"),
        ("a..b:1", "`a..b` is neither"),
        ("127.1:1", "`127.1` is neither"),
        ("300.0.0.1:1", "`300.0.0.1` is neither"),
        ("0x7f000001:1", "is neither"),
        ("메모.example:1", "is neither"),
        ("[::1]x:1", "is neither"),
        ("[fe80::1%eth0]:1", "is neither"),
        ("[127.0.0.1]:1", "is neither"),
    ] {
        let error = text.parse::<Address>().expect_err(text).to_string();
        assert!(error.contains(said) && !error.contains('\n'), "{text:?}: {error}");
    }
}

#[test]
fn a_host_has_no_port_and_needs_no_brackets() {
    let host = |text: &str| text.parse::<Host>();
    for (text, written) in
        [("::", "[::]"), ("[::]", "[::]"), ("0.0.0.0", "0.0.0.0"), ("Notes.Example", "notes.example")]
    {
        assert_eq!(host(text).map(|host| host.to_string()), Ok(written.to_owned()));
    }
    assert_eq!(host("127.0.0.1:9988"), Err(AddressError::HasPort("9988".to_owned())));
    assert_eq!(host("http://a"), Err(AddressError::Scheme("http".to_owned())));
    assert_eq!(host("*"), Err(AddressError::Host("*".to_owned())));
}

#[test]
fn the_same_address_is_known_however_it_is_written() {
    for (one, other) in [
        ("localhost:1", "127.0.0.1:1"),
        ("localhost:1", "[::1]:1"),
        ("a.localhost:1", "LOCALHOST:1"),
        ("notes.example:1", "Notes.Example.:1"),
        ("[::ffff:10.0.0.1]:1", "10.0.0.1:1"),
    ] {
        assert!(address(one).overlaps(&address(other)) && address(other).overlaps(&address(one)), "{one} {other}");
    }
    for (one, other) in
        [("localhost:1", "localhost:2"), ("127.0.0.1:1", "127.0.0.2:1"), ("127.0.0.1:1", "[::1]:1"), ("a:1", "b:1")]
    {
        assert!(!address(one).overlaps(&address(other)), "{one} {other}");
    }
}

#[test]
fn a_listener_is_reached_on_its_own_machine() {
    for (text, near) in
        [("0.0.0.0:1", "127.0.0.1:1"), ("[::]:1", "[::1]:1"), ("10.0.0.1:1", "10.0.0.1:1"), ("a:1", "a:1")]
    {
        assert_eq!(address(text).near(), address(near));
    }
}

#[test]
fn a_host_header_may_leave_the_port_out() {
    let said = |text: &str| text.parse::<Authority>().map(|authority| authority.to_string()).ok();
    for (text, written) in
        [("localhost", "localhost"), ("LOCALHOST:", "localhost"), ("[::1]:9988", "[::1]:9988"), ("a:1", "a:1")]
    {
        assert_eq!(said(text).as_deref(), Some(written));
    }
    for text in ["", "localhost:1>; rel=\"x\"", "localhost:1@evil.example", "[::1]evil.example", "localhost:1:2", "::1"]
    {
        assert_eq!(said(text), None, "{text}");
    }
}

#[test]
fn the_pages_address_is_an_origin_and_a_path() {
    let public = |text: &str| text.parse::<Public>();
    for (text, written, origin) in [
        ("https://notes.example/baton", "https://notes.example/baton", "https://notes.example"),
        ("HTTPS://Notes.Example:443/", "https://notes.example", "https://notes.example"),
        ("http://10.0.0.3:8080/a/b/", "http://10.0.0.3:8080/a/b", "http://10.0.0.3:8080"),
        ("http://[::1]:80", "http://[::1]", "http://[::1]"),
    ] {
        let public = public(text).expect(text);
        assert_eq!((public.to_string().as_str(), public.origin().as_str()), (written, origin));
    }
    for text in ["notes.example", "ftp://notes.example", "/baton", "https:notes.example", ""] {
        assert_eq!(public(text), Err(AddressError::Public), "{text}");
    }
    for text in ["https://a/b?c", "https://a/b#c", "https://a/<b>", "https://a/../b"] {
        assert!(matches!(public(text), Err(AddressError::Path(_))), "{text}");
    }
    for text in ["https://a/note", "https://a/cluster/", "https://a/events/x"] {
        assert!(matches!(public(text), Err(AddressError::Taken(_))), "{text}");
    }
    assert_eq!(public("https:///baton"), Err(AddressError::NoHost));
    assert_eq!(public("https://a?b"), Err(AddressError::Host("a?b".to_owned())));
}
