//! Descriptions of spans: what varies is gone, what is done stays.

use proptest::prelude::*;
use wire::span::description::cluster::{self, Clusterer};
use wire::span::description::{Described, category, describe};

fn described<'a>(op: &str, name: &'a str, attributes: &'a [(&'a str, &'a str)]) -> Described<'a> {
    let lookup =
        |wanted: &str| attributes.iter().find(|(name, _)| *name == wanted).map(|(_, text)| *text);
    describe(op, name, |name| lookup(name).unwrap_or_default())
}

#[track_caller]
fn check(op: &str, name: &str, attributes: &[(&str, &str)], expected: &str) {
    assert_eq!(described(op, name, attributes).text, expected, "{op}: {name}");
}

#[track_caller]
fn sql(text: &str, expected: &str) {
    check("db", text, &[], expected);
    check("db", expected, &[], expected);
}

#[test]
fn literals_and_keywords() {
    sql(
        "select * from bet where id = 5 and open = true",
        "SELECT * FROM bet WHERE id = %s AND open = %s",
    );
    sql(
        "SELECT * FROM table1 WHERE temperature > -100",
        "SELECT * FROM table1 WHERE temperature > %s",
    );
    sql("SELECT a - 1, b FROM t", "SELECT a - %s, b FROM t");
    sql(
        "SELECT * FROM table1 WHERE salary > 1e7 OR x = 1.5e-7 OR y = .5 OR z = 0xFF",
        "SELECT * FROM table1 WHERE salary > %s OR x = %s OR y = %s OR z = %s",
    );
    sql("SELECT * FROM table1 WHERE deleted = FaLsE", "SELECT * FROM table1 WHERE deleted = %s");
    sql(
        "SELECT * FROM table_true WHERE tafalseble = %s",
        "SELECT * FROM table_true WHERE tafalseble = %s",
    );
    sql(
        "SELECT * FROM table1 WHERE deleted_at IS NULL",
        "SELECT * FROM table1 WHERE deleted_at IS NULL",
    );
    sql(r"SELECT 'Wayne\'s World'", "SELECT %s");
    sql(
        "SELECT 'it''s', E'a\\'b', N'foo', $$it's$$, $tag$ ' $$ $tag$",
        "SELECT %s, %s, %s, %s, %s",
    );
    sql(
        r"SELECT x FROM y WHERE (z = :c0 AND w = :c1) LIMIT 1",
        "SELECT x FROM y WHERE (z = %s AND w = %s) LIMIT %s",
    );
    sql("SELECT some_func(col, %(my_param1)s)", "SELECT some_func(col, %s)");
    sql("SELECT {ts '2023-12-24 23:59'}, 0x123456789AbCdEf", "SELECT %s, %s");
    sql("SELECT 1; select 2", "SELECT %s; SELECT %s");
    sql(
        "SELECT * from comments WHERE comment LIKE '-- NOTE%s'\n AND foo > 0",
        "SELECT * FROM comments WHERE comment LIKE %s AND foo > %s",
    );
    sql(
        "SELECT a FROM t WHERE b BETWEEN 1 AND 2 AND c = 3",
        "SELECT a FROM t WHERE b BETWEEN %s AND %s AND c = %s",
    );
}

#[test]
fn lists() {
    sql(
        "SELECT count() FROM table1 WHERE id1 IN (%s, %s) AND id2 IN ($1, $2, $3)",
        "SELECT count() FROM table1 WHERE id1 IN (%s) AND id2 IN (%s)",
    );
    sql(
        "select count() from table_1 where name in ('foo', %s, 1)",
        "SELECT count() FROM table_1 WHERE name IN (%s)",
    );
    sql("SELECT a FROM t WHERE (a, b) IN ((1, 2), (3, 4))", "SELECT a FROM t WHERE (a, b) IN (%s)");
    sql(
        "SELECT a FROM t WHERE a IN (SELECT b FROM u WHERE c = 1)",
        "SELECT a FROM t WHERE a IN (SELECT b FROM u WHERE c = %s)",
    );
    sql(
        "SELECT a FROM t WHERE a = ANY(ARRAY[1, 2, 3])",
        "SELECT a FROM t WHERE a = ANY (ARRAY[%s])",
    );
    sql("INSERT INTO a (b, c) VALUES (1, 2), (3, 4)", "INSERT INTO a (..) VALUES (%s)");
    sql("INSERT INTO \"a\" (\"b\") VALUES (1)", "INSERT INTO a (..) VALUES (%s)");
    sql("INSERT INTO a VALUES (123, N'foo', 'bar')", "INSERT INTO a (..) VALUES (%s)");
    sql(
        "INSERT INTO a (b, c) VALuES (%s, %s), (%s, now()) ON CONFLICT DO NOTHING",
        "INSERT INTO a (..) VALUES (%s) ON CONFLICT DO NOTHING",
    );
    sql(
        "INSERT INTO a (b, c, d) VALUES ('foo'::date, 123::bigint[], %s::bigint[])",
        "INSERT INTO a (..) VALUES (%s)",
    );
    sql(
        "INSERT INTO a (b, c) SELECT b, c FROM d RETURNING id",
        "INSERT INTO a (..) SELECT .. FROM d RETURNING id",
    );
}

#[test]
fn columns() {
    sql("SELECT a, b, count(*), c, d FROM t", "SELECT .., count(*), .. FROM t");
    sql("SELECT a FROM table1 WHERE %s", "SELECT a FROM table1 WHERE %s");
    sql(
        "SELECT myfield1, a.b AS a__b, another_field as bar FROM table1 WHERE %s",
        "SELECT .. FROM table1 WHERE %s",
    );
    sql(
        r#"SELECT DISTINCT a, b,c ,d , COALESCE(foo, %s) AS "id" FROM x"#,
        "SELECT DISTINCT .., COALESCE(foo, %s) FROM x",
    );
    sql(
        "SELECT a, b FROM (SELECT c, d FROM t) AS s WHERE %s",
        "SELECT .. FROM (SELECT .. FROM t) AS s WHERE %s",
    );
    sql(
        r#"SELECT foo, NULL, "bar", baz, NULL, NULL, zap FROM my_table"#,
        "SELECT .. FROM my_table",
    );
    sql(
        r#"SELECT "t"."x", "t"."arr"::bytea, "t"."c" WHERE "t"."id" IN (%s, %s)"#,
        "SELECT .. WHERE id IN (%s)",
    );
    sql("SELECT DISTINCT ON (a) b, c FROM t", "SELECT DISTINCT ON (a) .. FROM t");
    sql("SELECT count(*) cnt, sum(x) total FROM t", "SELECT count(*), sum(x) FROM t");
    sql("SELECT a, x::timestamp(3) with time zone, b FROM t", "SELECT .. FROM t");
}

#[test]
fn names() {
    sql(r#"SELECT "t"."x" AS y FROM "db"."t""#, "SELECT x FROM t");
    sql(
        "SELECT `table`.`foo`, count(*) from `table` WHERE sku = %s",
        "SELECT foo, count(*) FROM table WHERE sku = %s",
    );
    sql(r#"SELECT foo = %s FROM "db"."ba"#, "SELECT foo = %s FROM ba");
    sql(r#"SELECT "foo".* FROM "foo""#, "SELECT * FROM foo");
    sql(r#"SELECT UPPER("b"."c"::text)"#, "SELECT UPPER(c)");
    sql(
        r#"SELECT "foo" FROM "a" JOIN "b" ON (b_id = b.id)"#,
        "SELECT foo FROM a JOIN b ON (b_id = id)",
    );
    sql(
        "select column from t where t.order = 1 and \"group\" = 2",
        "SELECT column FROM t WHERE `order` = %s AND `group` = %s",
    );
    sql("SELECT * FROM temp_123", "SELECT * FROM temp_{%s}");
    sql("SELECT * FROM temp_12c", "SELECT * FROM temp_{%s}c");
    sql("SELECT * FROM temp_1c", "SELECT * FROM temp_1c");
    sql(
        "SELECT * FROM prefix_0123456789abcdef0123456789ABCDEF_006_suffix",
        "SELECT * FROM prefix_{%s}_{%s}_suffix",
    );
    sql("SELECT * FROM \"p_8ff81d74-606d-4c75-ac5e-cee65cbbc866\"", "SELECT * FROM p_{%s}");
    sql(
        "SELECT id FROM a11a0a11b11a11a9 LIMIT 100 OFFSET 300",
        "SELECT id FROM {%s} LIMIT %s OFFSET %s",
    );
    sql(
        r#"ALTER TABLE "foo"."1234_foo" ADD COLUMN "bar678" TEXT"#,
        "ALTER TABLE {%s}_foo ADD COLUMN bar{%s} TEXT",
    );
    sql(r#"CREATE TABLE "foo"."1234_foo" ()"#, "CREATE TABLE {%s}_foo ()");
    sql(r#"ALTER TABLE "foo"."tmp" RENAME TO "foo"."bar"#, "ALTER TABLE tmp RENAME TO bar");
    sql(
        "SELECT pg_advisory_unlock(%s, %s) AS t0123456789abcdef",
        "SELECT pg_advisory_unlock(%s, %s)",
    );
    sql("SELECT sha256(x), md5(y) FROM t", "SELECT sha256(x), md5(y) FROM t");
    sql(
        "SELECT b.id FROM bets b INNER JOIN games g ON g.id = b.game LEFT OUTER JOIN x ON x.a = b.a",
        "SELECT id FROM bets AS b JOIN games AS g ON id = game LEFT JOIN x ON a = a",
    );
}

#[test]
fn statements() {
    sql("UPDATE `foo` SET a = 1 WHERE true", "UPDATE foo SET a = %s WHERE %s");
    sql("UPDATE f SET a = 1, b = 2", "UPDATE f SET ..");
    sql("UPDATE foo SET a = 1, `foo`.`b` = 2 WHERE true", "UPDATE foo SET .. WHERE %s");
    sql(
        "UPDATE foo SET a = %s, b = log(e + 5) * 600 + 12345 WHERE true",
        "UPDATE foo SET a = %s, b = log(e + %s) * %s + %s WHERE %s",
    );
    sql("SELECT - - 1, a - - 1", "SELECT %s, a - %s");
    sql("DELETE FROM foo123 WHERE bar456 = 789", "DELETE FROM foo{%s} WHERE bar{%s} = %s");
    sql("savepoint unquoted_identifier;", "SAVEPOINT %s");
    sql("SAVEPOINT `backtick_quoted_identifier`", "SAVEPOINT %s");
    sql("RELEASE SAVEPOINT sp_1", "RELEASE SAVEPOINT %s");
    sql("ROLLBACK TO SAVEPOINT sp_1", "ROLLBACK TO SAVEPOINT %s");
    sql("DECLARE curs2 CURSOR FOR SELECT * FROM t1", "DECLARE %s CURSOR FOR SELECT * FROM t1");
    sql("FETCH LAST FROM curs3 INTO x", "FETCH LAST FROM %s INTO %s");
    sql("CLOSE curs1", "CLOSE %s");
    sql("begin", "BEGIN");
    sql("COMMIT", "COMMIT");
    sql("select * from t for update skip locked", "SELECT * FROM t FOR UPDATE SKIP LOCKED");
    sql(
        "insert into t (a, b) values (1, 2) on duplicate key update a = 1, b = 2",
        "INSERT INTO t (..) VALUES (%s) ON DUPLICATE KEY UPDATE ..",
    );
    sql(
        "INSERT INTO t (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET b = EXCLUDED.b, c = EXCLUDED.c",
        "INSERT INTO t (..) VALUES (%s) ON CONFLICT (a) DO UPDATE SET ..",
    );
    sql(
        "with x as (select a, b from t where c = 1) select * from x where d = 2",
        "WITH x AS (SELECT .. FROM t WHERE c = %s) SELECT * FROM x WHERE d = %s",
    );
    sql(
        "select extract(year from at), a from t group by 1 order by a desc nulls last",
        "SELECT extract(year FROM at), a FROM t GROUP BY %s ORDER BY a DESC NULLS LAST",
    );
}

#[test]
fn cases() {
    sql(
        "UPDATE tbl SET foo = CASE WHEN 1 THEN 10 WHEN 2 THEN 20 ELSE 30 END",
        "UPDATE tbl SET foo = CASE WHEN .. THEN .. END",
    );
    sql(
        "UPDATE tbl SET \"tbl\".\"foo\" = CASE WHEN 1 THEN 10 WHEN 2 THEN (CASE WHEN 22 THEN 222 END) ELSE 30 END",
        "UPDATE tbl SET foo = CASE WHEN .. THEN .. END",
    );
}

#[test]
fn conditions_are_said_once() {
    sql(
        "SELECT * FROM t WHERE (a=%s AND b=%s) OR (a=%s AND b=%s)",
        "SELECT * FROM t WHERE a = %s AND b = %s",
    );
    sql(
        "SELECT * FROM a WHERE a.status = %s AND ((a.id = %s AND a.org = %s) OR (a.id = %s AND a.org = %s) OR (a.id = %s AND a.org = %s))",
        "SELECT * FROM a WHERE status = %s AND id = %s AND org = %s",
    );
    sql(
        "SELECT * FROM a WHERE a.status = %s OR ((a.id = %s OR a.org = %s) OR (a.id = %s OR a.org = %s))",
        "SELECT * FROM a WHERE status = %s OR id = %s OR org = %s",
    );
    let many = vec!["(a.id = 1 OR a.org = 2)"; 200].join(" OR ");
    sql(
        &format!("SELECT * FROM a WHERE a.status = %s OR {many}"),
        "SELECT * FROM a WHERE status = %s OR id = %s OR org = %s",
    );
    sql(
        "SELECT * FROM t WHERE a = %s OR a = %s OR b = %s",
        "SELECT * FROM t WHERE a = %s OR b = %s",
    );
    sql(
        "SELECT * FROM t WHERE a = %s OR b = %s OR b = %s",
        "SELECT * FROM t WHERE a = %s OR b = %s",
    );
    sql(
        "SELECT * FROM t WHERE ((a = %s AND b = %s) OR (a = %s AND b = %s)) AND c = %s",
        "SELECT * FROM t WHERE a = %s AND b = %s AND c = %s",
    );
    sql("SELECT * FROM t WHERE (a OR b) AND c", "SELECT * FROM t WHERE (a OR b) AND c");
    sql(
        "SELECT * FROM a WHERE a.status = %s AND ((a.id = %s AND a.org2 = %s) OR (a.id = %s AND a.org = %s))",
        "SELECT * FROM a WHERE status = %s AND ((id = %s AND org2 = %s) OR (id = %s AND org = %s))",
    );
    sql(
        r#"SELECT * FROM "a" WHERE "a"."b" = $1 AND (obj->'id' <@ '[123]'::jsonb) AND "a"."b" != $2"#,
        "SELECT * FROM a WHERE b = %s AND (obj -> %s <@ %s) AND b <> %s",
    );
}

#[test]
fn comments_and_white_space() {
    sql(
        "\n select a,  b, c, d\n from (\n select *\n -- Some comment here.\n from (\n -- Another comment.\n select a, b, c, d from x where foo = 1\n ) srpe\n where x = %s --inline comment\n ) srpe\n inner join foo on foo.id = foo_id\n ",
        "SELECT .. FROM (SELECT * FROM (SELECT .. FROM x WHERE foo = %s) AS srpe WHERE x = %s) AS srpe JOIN foo ON id = foo_id",
    );
    sql(
        "DELETE  # end-of-line\n FROM /* inline */ `some_table`\n /*\n multi\n */ WHERE `some_table`.`id` IN (%s)",
        "DELETE FROM some_table WHERE id IN (%s)",
    );
    sql(
        "/*some comment `my_function'*/ SELECT * FROM foo WHERE ...",
        "SELECT * FROM foo WHERE ...",
    );
}

#[test]
fn what_was_cut_only_loses_its_values() {
    sql(
        "select count() from table1 where name in ('foo', 'bar', 'ba",
        "select count() from table1 where name in (%s",
    );
    sql(
        "SELECT * FROM table1 WHERE quote = 'it''s a string",
        "SELECT * FROM table1 WHERE quote = %s",
    );
    check("db", "fetch_balance 12", &[("db.system", "postgresql")], "fetch_balance %s");
}

#[test]
fn databases() {
    let mysql = [("db.system", "mysql")];
    check("db", r#"SELECT "not an identifier""#, &mysql, "SELECT %s");
    check(
        "db",
        r#"REPLACE INTO `foo` (`a`) VALUES ("abcd1234")"#,
        &mysql,
        "REPLACE INTO foo (..) VALUES (%s)",
    );
    check(
        "db",
        r"SELECT 'C:\' FROM t WHERE a = 'b'",
        &[("db.system", "postgresql")],
        "SELECT %s FROM t WHERE a = %s",
    );
    check(
        "db",
        "SELECT [id] FROM [dbo].[bets] WHERE [open] = @p1",
        &[("db.system", "mssql")],
        "SELECT id FROM bets WHERE open = %s",
    );
    check("db", "SELECT a FROM t", &[("db.system", "clickhouse")], "");
    check(
        "db",
        "connect",
        &[("db.query.text", "SELECT a FROM t WHERE b = 1")],
        "SELECT a FROM t WHERE b = %s",
    );
    check("db.sql.activerecord", "SELECT `a` FROM `b`", &[], "");
    check(
        "db.sql.activerecord",
        "/*some comment `my_function'*/ SELECT `a` FROM `b`",
        &mysql,
        "SELECT a FROM b",
    );
    check("db.sql.prisma", "User find", &[], "User find");
    check("db", "find({some_id:1234567890},{limit:100})", &[], "");
    check("db", "{someField:someValue}", &[], "");
    check(
        "db.sql.transaction",
        "UPDATED 1 'Q', DELETED 1 'Q'",
        &[("sentry.origin", "auto.db.core_data")],
        "UPDATED * 'Q', DELETED * 'Q'",
    );
    let mongo = [("db.system", "mongodb"), ("db.collection.name", "bets")];
    check(
        "db",
        r#"{"find":"bets","filter":{"_id":{"$in":[1,2,3]},"player":"anna"},"limit":1}"#,
        &mongo,
        r#"{"find":"bets","filter":{"_id":{"$in":["?"]},"player":"?"},"limit":"?"}"#,
    );
    check(
        "db",
        r#"{"aggregate":"bets","pipeline":[{"$match":{"a":{"b":{"c":1}}}}]}"#,
        &mongo,
        r#"{"aggregate":"bets","pipeline":[{"$match":{"a":{...}}}]}"#,
    );
    check("db", "find", &mongo, "");
}

#[test]
fn what_is_told_beside_the_text() {
    let told = |op, name, attributes| {
        let described = described(op, name, attributes);
        [
            described.action.into_owned(),
            described.domain.into_owned(),
            described.system.into_owned(),
            described.category.to_owned(),
        ]
    };
    assert_eq!(
        told(
            "db",
            "with x as (select 1) insert into \"b\".\"order\" select * from a, x join c on a.d = c.d",
            &[("db.system", "sqlite")]
        ),
        ["INSERT", ",a,c,order,x,", "sqlite", "db"]
    );
    assert_eq!(told("db.redis", "acl setuser jane", &[]), ["ACL", "", "redis", "db"]);
    assert_eq!(told("cache.get", "player:7", &[]), ["GET", "", "", "cache"]);
    assert_eq!(
        told("http.client", "POST http://api.casino.example:8080/x", &[]),
        ["POST", "*.casino.example:8080", "", "http"]
    );
    assert_eq!(
        told("resource.script", "https://cdn.x.com/a.js", &[]),
        ["", "*.x.com", "", "resource"]
    );
    assert_eq!(category("ui.react.mount"), "ui.react");
    assert_eq!(category("ai.pipeline"), "ai.pipeline");
    assert_eq!(category("function"), "");
    assert_eq!(category("middleware.django"), "middleware");
}

#[test]
fn requests() {
    let http = |name, expected| check("http.client", name, &[], expected);
    http("GET https://api.eu.casino.example/bets/12", "GET https://*.casino.example");
    http("GET http://service.io", "GET http://service.io");
    http("GET https://localhost/data", "GET https://localhost");
    http("GET https://127.0.0.1:8000/data", "GET https://127.0.0.1:8000");
    http("GET https://8.8.8.8/data", "GET https://*.*.*.*");
    http("GET http://www.radio1.bbc.co.uk", "GET http://*.bbc.co.uk");
    http("GET http://bbc.co.uk", "GET http://bbc.co.uk");
    http("GET /clients/1/project/01234", "GET *");
    http("GET data:image/png;base64,drtfghaksjfdhaeh/blah", "GET data:image/*");
    http("GET https://user:secret@a.b.example?x=1", "GET https://*.b.example");
    http("SELECT count() FROM table WHERE id IN (%s, %s)", "");
    http("", "");
    check(
        "http.client",
        "GET",
        &[("url.full", "http://wallet:8001/x"), ("http.request.method", "GET")],
        "GET http://wallet:8001",
    );
    check("http.server", "POST /deposit", &[], "POST *");
}

#[test]
fn caches() {
    let redis = [("db.system", "redis")];
    check("cache.get_item", "GET bal:player:7", &[], "GET *");
    check("db.redis", "SET mykey 'multi: part, value'", &[], "SET *");
    check("db.redis", " GET  asdf:123", &[], "GET *");
    check("db.redis", "EXEC", &[], "EXEC");
    check("db.redis", "What a beautiful day!", &[], "*");
    check("db.redis", "ACL SETUSER jane", &[], "ACL SETUSER *");
    check("db", "del myveryrandomkey:123Xalsdkxfhn", &redis, "DEL *");
    check("cache.get_item", "abc-dontscrubme-meneither:stillno:ohplsstop", &[], "*");
}

#[test]
fn resources() {
    let script = |name, expected| check("resource.script", name, &[], expected);
    let image = |name, expected| check("resource.img", name, &[], expected);
    script("https://cdn.x.com/js/app-1f90d5.js", "https://*.x.com/js/app-*.js");
    script(
        "https://domain.com/path/to/app-1f90d5.f012d11690e188c96fe6.js",
        "https://domain.com/*/app-*.*.js",
    );
    script("webroot/assets/Profile-73f6525d.js", "*/assets/Profile-*.js");
    script(
        "https://example.com/static/chunks/09876543211234567890",
        "https://example.com/static/chunks/*",
    );
    script("/_next/static/chunks/12345-abcdef0123456789.js", "/_next/static/chunks/*-*.js");
    script(
        "/_next/static/media/Some_Font-Bold.0123abcd.woff2",
        "/_next/static/media/Some_Font-Bold.*.woff2",
    );
    script(
        "https://example.com/assets/dark_high_contrast-764fa7c8-f3cd-11ed-a05b-0242ac120003.css",
        "https://example.com/assets/dark_high_contrast-*.css",
    );
    script(
        "https://example.com/assets/this_is-a_good_resource-123-scrub_me.js",
        "https://example.com/assets/*.js",
    );
    script(
        "https://data.domain.com/data/guide123.js?jzb=3f535634H467g5-2f256f",
        "https://*.domain.com/data/guide*.js",
    );
    script(
        "chrome-extension://begnopegbbhjeeiganiajffnalhlkkjb/img/icon-10k.svg",
        "browser-extension://*",
    );
    script(
        "https://static.domain.com/6gezWf_qs4Wc12Nz9rpLOx2aw2k/foo-99",
        "https://*.domain.com/*/foo-*",
    );
    script(
        "http://domain.com/fy2XSqBMqkEm_qZZH3RrzvBTKg4/qltd/z1a--BVsUI_oyUjJR12pDBcOIn5.dom.jsonp",
        "http://domain.com/*/*.jsonp",
    );
    script("/page?action=name", "/page");
    script("/path/to/file.thisismycustomfileextension2000", "/*/file.*");
    script("/path/to/file.js~ri~some-_-1,,thing-_-words%2Fhere~ri~", "/*/file.js");
    script("/path/to/file.~~", "/*/file");
    script(
        "https://example.org/p/fit=cover,width=150/media/photosV2/weird-stuff-123-234-456.js",
        "https://example.org/*/media/*/weird-stuff-*-*-*.js",
    );
    script("/ERs-sUsu3/wd4/LyMTWg/Ot1Om4m8cu3p7a/QkJWAQ/FSYL/GBlxb3kB", "/*/*");
    script("domain.com/foo.bar/resource.js", "*/resource.js");
    script("domain.com/zero-length-00", "*/zero-length-*");
    image(
        "https://data.domain.com/data/guide123.gif#url=someotherurl",
        "https://*.domain.com/data/*.gif",
    );
    image("https://data.domain.com/something/guide.gif", "https://*.domain.com/*/*.gif");
    image("/organization-avatar/123/?s=120", "/*/");
    image("http://domain.com/something.123", "http://domain.com/*.*");
    image("data:image/svg+xml;base64,PHN2ZyB4bW", "data:image/svg+xml");
    image("http://www.foo.com/path/to/resource;param1=test;param2=ing", "http://*.foo.com/*/*");
}

#[test]
fn others() {
    check("ui.load", "ListAppViewController", &[], "ListAppViewController");
    check("app.start.cold", "Cold Start", &[], "Cold Start");
    check(
        "ui.interaction.click",
        "input.app-x[type]",
        &[("ui.component_name", "my-component")],
        "my-component",
    );
    check("ui.react.mount", "<App>", &[], "");
    check("file.read", "keno.log (4 KB)", &[], "*.log");
    check("file.read", "somefilenamewithnoextension", &[], "*");
    check("file.read", "backup.2024041101", &[], "*");
    check(
        "function",
        "sentry.event_manager.assign_event_to_group",
        &[],
        "sentry.event_manager.assign_event_to_group",
    );
    check("function", "run.8ff81d74-606d-4c75-ac5e-cee65cbbc866.a1b2c3d4e5", &[], "run.*.*");
    check("default", "whatever 12", &[], "");
    check("", "", &[], "");
}

#[test]
fn names_are_clustered() {
    let mut clusterer = Clusterer::new(10);
    for player in 0..40 {
        for page in ["bets", "limits"] {
            clusterer.observe(&format!("GET /users/p{player}/{page}"));
            clusterer.observe(&format!("/a/{player}/b/x{player}/c"));
        }
        clusterer.observe("/health/live");
        clusterer.observe("no path");
    }
    let rules = clusterer.rules();
    let patterns: Vec<_> = rules.iter().map(cluster::Rule::pattern).collect();
    assert_eq!(patterns, ["/a/*/b/*/**", "/a/*/**", "GET /users/*/**"]);
    assert_eq!(cluster::apply(&rules, "GET /users/anna/bets"), "GET /users/*/bets");
    assert_eq!(cluster::apply(&rules, "GET /users/anna"), "GET /users/*");
    assert_eq!(cluster::apply(&rules, "GET /users/"), "GET /users/");
    assert_eq!(cluster::apply(&rules, "/a/1/b/2/c"), "/a/*/b/*/c");
    assert_eq!(cluster::apply(&rules, "/health/live"), "/health/live");
    assert_eq!(cluster::apply(&rules, "users"), "users");
}

#[test]
fn clusterers_stay_small() {
    let mut clusterer = Clusterer::default();
    for name in 0..200_000_u32 {
        let hash = name.wrapping_mul(2_654_435_761);
        clusterer.observe(&format!(
            "/{}/{}/{}/{hash}",
            hash % 90,
            hash / 90 % 90,
            hash / 8100 % 90
        ));
    }
    assert!(clusterer.rules().len() <= 500);
}

/// Pieces from which statements can be put together, sensible and not.
#[expect(clippy::too_many_lines, reason = "a list of words")]
fn sql_text() -> impl Strategy<Value = String> {
    let words = [
        "select",
        "SELECT",
        "from",
        "where",
        "and",
        "or",
        "in",
        "(",
        ")",
        "(",
        ")",
        ",",
        "values",
        "insert",
        "into",
        "update",
        "set",
        "delete",
        "join",
        "inner",
        "left",
        "on",
        "group",
        "by",
        "order",
        "limit",
        "case",
        "when",
        "end",
        "as",
        "a",
        "b",
        "t.c",
        "\"order\"",
        "`x y`",
        "'lit'",
        "5",
        "-",
        "%s",
        "..",
        "...",
        "=",
        "<>",
        "!=",
        "*",
        ".",
        ";",
        "null",
        "true",
        "between",
        "not",
        "a12",
        "temp_123",
        "::",
        "text",
        "[",
        "]",
        "{ts '1'}",
        "{",
        "$1",
        ":x",
        "--",
        "/*",
        "*/",
        "\n",
        "fetch",
        "savepoint",
        "to",
        "table",
        "alter",
        "key",
        "duplicate",
        "first",
        "distinct",
        "?",
        "#",
        "'",
        "\"",
        "with",
        "close",
        "declare",
        "for",
        "replace",
        "exists",
        "if",
        "1e",
        "0x",
        "{%s}",
        "\"12\"",
        "f(",
        "interval",
        "array",
        "💥",
        "over",
        "union",
        "all",
        "using",
        "do",
        "only",
        "begin",
        "N'x'",
        "@v",
        "\"a-b\"",
        "order.x",
        "like",
        "is",
    ];
    let glue = prop_oneof![4 => Just(" "), 1 => Just("")];
    let verb = prop_oneof![
        Just("select "),
        Just("update "),
        Just("insert into "),
        Just("delete from "),
        Just("")
    ];
    (verb, prop::collection::vec((prop::sample::select(words.to_vec()), glue), 0..40)).prop_map(
        |(verb, words)| {
            words.into_iter().fold(verb.to_owned(), |text, (word, glue)| text + word + glue)
        },
    )
}

/// A condition with holes for literals.
fn template() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("a = {} AND "),
        Just("b IN ({}, {}) AND "),
        Just("(c = {} OR d > {}) AND "),
        Just("e LIKE {} OR "),
        Just("f BETWEEN {} AND {} AND "),
        Just("g = coalesce({}, h) AND "),
    ];
    prop::collection::vec(part, 1..8)
        .prop_map(|parts| format!("SELECT x, y FROM t WHERE {} z = {{}}", parts.concat()))
}

fn literals() -> impl Strategy<Value = Vec<String>> {
    let literal = prop_oneof![
        (0_u32..100_000).prop_map(|number| number.to_string()),
        (-1e6_f64..1e6).prop_map(|number| format!("{number:e}")),
        "[a-z '\"%()-]{0,12}".prop_map(|text| format!("'{}'", text.replace('\'', "''"))),
        Just("true".to_owned()),
        Just("$1".to_owned()),
        Just("%s".to_owned()),
        Just("?".to_owned()),
    ];
    prop::collection::vec(literal, 32)
}

fn filled(template: &str, literals: &[String]) -> String {
    let mut literals = literals.iter().cycle();
    let mut parts = template.split("{}");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + literals.next().unwrap() + part)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn sql_is_settled_at_once(text in sql_text(), system in prop::sample::select(vec!["", "mysql", "postgresql", "mssql"])) {
        let attributes = [("db.system", system)];
        let once = described("db.sql", &text, &attributes).text.into_owned();
        let twice = described("db.sql", &once, &attributes).text.into_owned();
        prop_assert_eq!(once, twice, "{}", text);
    }

    #[test]
    fn literals_make_no_difference(template in template(), one in literals(), another in literals()) {
        let (one, another) = (filled(&template, &one), filled(&template, &another));
        prop_assert_eq!(described("db", &one, &[]).text, described("db", &another, &[]).text);
    }

    #[test]
    fn anything_can_be_described(
        op in prop::sample::select(vec!["db", "db.sql", "db.redis", "http.client", "cache.get", "resource.script", "resource.img", "file.read", "function", "ui.load", "x"]),
        name in any::<String>(),
        system in prop::sample::select(vec!["", "mysql", "mongodb", "redis"]),
    ) {
        described(op, &name, &[("db.system", system)]);
        described(op, &format!("SELECT {name}"), &[("db.system", system)]);
        described(op, &format!("{{{name}"), &[("db.system", system)]);
        described(op, &format!("GET http://{name}"), &[]);
    }
}
