//! Messages and what is left of them.

use group::parametrize;

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    for (message, expected) in cases {
        assert_eq!(parametrize(message), *expected, "of {message:?}");
    }
}

#[test]
fn whole_messages() {
    check(&[
        (
            "Player 8812 lost 25.50 EUR at 2026-11-21T10:00:00Z",
            "Player <int> lost <float> EUR at <date>",
        ),
        (
            "connect db-3.casino.com:5432 failed after 153ms",
            "connect <hostname>:<int> failed after <duration>",
        ),
        (
            "bet 12345678 status='open' live=true ref a1b2c3d",
            "bet <hex> status=<quoted_str> live=<bool> ref <git_sha>",
        ),
        (
            "payments-api /api/v1/bets failed for 3f2a99c1: amount=12 attempt=3",
            "payments-api /api/v1/bets failed for <hex>: amount=<int> attempt=<int>",
        ),
        ("nothing varies here", "nothing varies here"),
        ("", ""),
        ("вывод 12345.67 € отклонён", "вывод <float> € отклонён"),
    ]);
}

#[test]
fn addresses() {
    check(&[
        ("mail ann@example.com now", "mail <email> now"),
        ("a.b+c@mail.example.co.uk.", "<email>."),
        ("user=ann@x failed", "<email> failed"),
        ("@ann and ann@ are none", "@ann and ann@ are none"),
        ("GET https://x.io/a?b=1#c done", "GET <url> done"),
        ("wss://live.example/ws", "<url>"),
        ("ftp://h:21/x", "<url>"),
        ("https:// is none", "https:// is none"),
        ("xhttp://a", "xhttp://a"),
        ("host api.example.com is down", "host <hostname> is down"),
        ("EXAMPLE.COM", "<hostname>"),
        ("Example.Com stays", "Example.Com stays"),
        ("a.b.c stays", "a.b.c stays"),
        ("example.community stays", "example.community stays"),
        ("db.internal stays", "db.internal stays"),
        ("my_host.com stays", "my_host.com stays"),
        ("from 10.0.0.1:8080", "from <ip>:<int>"),
        ("256.1.1.1 is none", "<float>.<float> is none"),
        ("ip 2001:db8::ff00:42:8329 here", "ip <ip> here"),
        ("fe80::1%eth0 up", "<ip> up"),
        ("::1 refused", "<ip> refused"),
        ("1:2:3:4:5:6:7:8", "<ip>"),
        ("::ffff:10.0.0.1", "<ip>"),
        ("A::b() failed", "A::b() failed"),
        ("std::io::Error", "std::io::Error"),
        ("Dead::beef_cafe", "Dead::beef_cafe"),
    ]);
}

#[test]
fn ids() {
    check(&[
        ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "<traceparent>"),
        ("1-67891233-abcdef012345678912345678", "<traceparent>"),
        ("id 9ec79c33-ec99-42ab-8353-589fcb2e04dc.", "id <uuid>."),
        ("9EC79C33-EC99-42AB-8353-589FCB2E04DC", "<uuid>"),
        ("9ec79c33ec9942ab8353589fcb2e04dc", "<md5>"),
        ("x9ec79c33ec9942ab8353589fcb2e04dc", "x9ec79c33ec9942ab8353589fcb2e04dc"),
        ("356a192b7913b04c54574d18c28d46e6395428ab", "<sha1>"),
        ("tx274a77a8975c4a66aeb24-0052d95365 done", "<swift_txn_id> done"),
        ("tx274a77a8975c4a66aeb24-0052d95365-dc1 done", "<swift_txn_id> done"),
        ("at 0x7ffee4c3a1b0", "at <hex>"),
        ("0XF", "<hex>"),
        ("0x", "0x"),
        ("12345678", "<hex>"),
        ("DEADBEE5", "<hex>"),
        ("deadbeef", "deadbeef"),
        ("deadBEE5", "deadBEE5"),
        ("a1b2c3d", "<git_sha>"),
        ("A1B2C3D", "A1B2C3D"),
        ("abcdefa", "abcdefa"),
        ("1234567", "<int>"),
        ("12a", "12a"),
    ]);
    check(&[(&"a1".repeat(64), "<hex>"), (&"a1".repeat(65), &"a1".repeat(65))]);
}

#[test]
fn dates_and_times() {
    let whole = [
        "Mon, 02 Jan 2006 15:04:05 MST",
        "Mon, 02 Jan 2006 15:04 -0700",
        "Mon, 2 Jan 06 15:04:05 GMT",
        "Jan 02, 1999",
        "Mon Jan 02, 1999",
        "Monday, 02-Jan-06 15:04:05 MST",
        "Wednesday, 02-Jan-06 15:04:05 UT",
        "2006-01-02T15:04:05Z",
        "2006-01-02T15:04:05+07:00",
        "2006-01-02T15:04:05.999999999Z",
        "Mon Jan 02 2006 15:04:05 GMT+0200",
        "Mon Jan 02 2006 15:04:05 GMT+0200 (Central European Time)",
        "2006-01-02 15:04:05.123+0200",
        "2006-01-02 15:04:05",
        "2006-01-02 15:04",
        "20060102T150405Z",
        "20060102 1504",
        "2006-01-02",
        "15:04:05",
        "3:04PM",
        "3:04 pm",
        "03:04",
        "23:59",
        "Jan  2 15:04:05 2006",
        "Mon Jan  2 15:04:05 2006",
        "02 Jan 2006 15:04:05 +0000",
        "datetime.datetime(2026, 1, 2, 3, 4, tzinfo=x)",
    ];
    for date in whole {
        check(&[(date, "<date>"), (&format!("at {date}!"), "at <date>!")]);
    }
    check(&[
        ("2006-01-02 15:04:05,123 x", "<date>,<int> x"),
        ("v2026-01-02", "v<date>"),
        ("24:00 is none", "<int>:<int> is none"),
        ("7:8 is none", "<int>:<int> is none"),
        ("12:345", "<int>:<int>"),
        ("1:02:03:04", "<int>:<date>"),
        ("2006-31-02", "<int>-<int>-<int>"),
        ("May be", "May be"),
        ("Monday", "Monday"),
        ("datetime.datetime(", "datetime.datetime("),
    ]);
}

#[test]
fn numbers() {
    check(&[
        ("took 1.5s", "took <duration>"),
        ("took 12s.", "took <duration>."),
        ("took 12sec", "took 12sec"),
        ("x12s", "x<duration>"),
        ("12msx", "<duration>x"),
        ("x12ms", "x12ms"),
        ("1.5", "<float>"),
        ("-1.5", "<float>"),
        ("a-1.5", "a<float>"),
        ("v1.5", "v1.<int>"),
        ("1.2.3", "<float>.<int>"),
        ("1.5x", "<int>.5x"),
        ("7", "<int>"),
        ("-7", "<int>"),
        ("a -7", "a <int>"),
        ("a-7", "a-<int>"),
        ("7%", "<int>%"),
        ("p_458621", "p_458621"),
        ("item7", "item7"),
        ("é7", "é7"),
        ("$5", "$<int>"),
        ("(1,2)", "(<int>,<int>)"),
    ]);
}

#[test]
fn values_after_an_equals_sign() {
    check(&[
        ("a='b c' d", "a=<quoted_str> d"),
        ("a=\"b\"", "a=<quoted_str>"),
        ("a=''", "a=''"),
        ("a='b", "a='b"),
        ("a 'b'", "a 'b'"),
        ("a=true", "a=<bool>"),
        ("a=False,", "a=<bool>,"),
        ("a=TRUE", "a=TRUE"),
        ("a = true", "a = true"),
        ("a=truest", "a=<bool>st"),
    ]);
}

#[test]
fn only_the_first_two_lines_count() {
    check(&[
        ("a\nb", "a\nb"),
        ("a\nb\nc", "a\nb..."),
        ("\n\na 1\n\nb 2\nc", "a <int>\nb <int>..."),
        ("a\n", "a..."),
        ("a\r\nb\r\nc", "a\nb..."),
    ]);
}

#[test]
fn placeholders_stay() {
    for placeholder in [
        "<email>",
        "<url>",
        "<hostname>",
        "<ip>",
        "<traceparent>",
        "<uuid>",
        "<sha1>",
        "<md5>",
        "<date>",
        "<duration>",
        "<swift_txn_id>",
        "<hex>",
        "<git_sha>",
        "<float>",
        "<int>",
        "<quoted_str>",
        "<bool>",
    ] {
        check(&[
            (placeholder, placeholder),
            (&format!("a={placeholder}"), &format!("a={placeholder}")),
        ]);
    }
}
