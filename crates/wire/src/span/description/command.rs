//! Commands of caches and documents of databases without their values.

/// Commands of Redis. Source: the list of commands of Redis 8.
const COMMANDS: &[&str] = &[
    "ACL",
    "APPEND",
    "AUTH",
    "BGREWRITEAOF",
    "BGSAVE",
    "BITCOUNT",
    "BITFIELD",
    "BITOP",
    "BITPOS",
    "BLMOVE",
    "BLMPOP",
    "BLPOP",
    "BRPOP",
    "BRPOPLPUSH",
    "BZMPOP",
    "BZPOPMAX",
    "BZPOPMIN",
    "CLIENT",
    "CLUSTER",
    "COMMAND",
    "CONFIG",
    "COPY",
    "DBSIZE",
    "DEBUG",
    "DECR",
    "DECRBY",
    "DEL",
    "DISCARD",
    "DUMP",
    "ECHO",
    "EVAL",
    "EVALSHA",
    "EVALSHA_RO",
    "EVAL_RO",
    "EXEC",
    "EXISTS",
    "EXPIRE",
    "EXPIREAT",
    "EXPIRETIME",
    "FCALL",
    "FCALL_RO",
    "FLUSHALL",
    "FLUSHDB",
    "FUNCTION",
    "GEOADD",
    "GEODIST",
    "GEOHASH",
    "GEOPOS",
    "GEORADIUS",
    "GEOSEARCH",
    "GEOSEARCHSTORE",
    "GET",
    "GETBIT",
    "GETDEL",
    "GETEX",
    "GETRANGE",
    "GETSET",
    "HDEL",
    "HELLO",
    "HEXISTS",
    "HEXPIRE",
    "HGET",
    "HGETALL",
    "HGETDEL",
    "HGETEX",
    "HINCRBY",
    "HINCRBYFLOAT",
    "HKEYS",
    "HLEN",
    "HMGET",
    "HMSET",
    "HPEXPIRE",
    "HPERSIST",
    "HPTTL",
    "HRANDFIELD",
    "HSCAN",
    "HSET",
    "HSETEX",
    "HSETNX",
    "HSTRLEN",
    "HTTL",
    "HVALS",
    "INCR",
    "INCRBY",
    "INCRBYFLOAT",
    "INFO",
    "KEYS",
    "LASTSAVE",
    "LATENCY",
    "LCS",
    "LINDEX",
    "LINSERT",
    "LLEN",
    "LMOVE",
    "LMPOP",
    "LPOP",
    "LPOS",
    "LPUSH",
    "LPUSHX",
    "LRANGE",
    "LREM",
    "LSET",
    "LTRIM",
    "MEMORY",
    "MGET",
    "MIGRATE",
    "MODULE",
    "MONITOR",
    "MOVE",
    "MSET",
    "MSETNX",
    "MULTI",
    "OBJECT",
    "PERSIST",
    "PEXPIRE",
    "PEXPIREAT",
    "PEXPIRETIME",
    "PFADD",
    "PFCOUNT",
    "PFMERGE",
    "PING",
    "PSETEX",
    "PSUBSCRIBE",
    "PTTL",
    "PUBLISH",
    "PUBSUB",
    "PUNSUBSCRIBE",
    "QUIT",
    "RANDOMKEY",
    "READONLY",
    "READWRITE",
    "RENAME",
    "RENAMENX",
    "RESET",
    "RESTORE",
    "ROLE",
    "RPOP",
    "RPOPLPUSH",
    "RPUSH",
    "RPUSHX",
    "SADD",
    "SAVE",
    "SCAN",
    "SCARD",
    "SCRIPT",
    "SDIFF",
    "SDIFFSTORE",
    "SELECT",
    "SET",
    "SETBIT",
    "SETEX",
    "SETNX",
    "SETRANGE",
    "SHUTDOWN",
    "SINTER",
    "SINTERCARD",
    "SINTERSTORE",
    "SISMEMBER",
    "SLOWLOG",
    "SMEMBERS",
    "SMISMEMBER",
    "SMOVE",
    "SORT",
    "SORT_RO",
    "SPOP",
    "SPUBLISH",
    "SRANDMEMBER",
    "SREM",
    "SSCAN",
    "SSUBSCRIBE",
    "STRLEN",
    "SUBSCRIBE",
    "SUBSTR",
    "SUNION",
    "SUNIONSTORE",
    "SUNSUBSCRIBE",
    "SWAPDB",
    "TIME",
    "TOUCH",
    "TTL",
    "TYPE",
    "UNLINK",
    "UNSUBSCRIBE",
    "UNWATCH",
    "WAIT",
    "WAITAOF",
    "WATCH",
    "XACK",
    "XADD",
    "XAUTOCLAIM",
    "XCLAIM",
    "XDEL",
    "XGROUP",
    "XINFO",
    "XLEN",
    "XPENDING",
    "XRANGE",
    "XREAD",
    "XREADGROUP",
    "XREVRANGE",
    "XSETID",
    "XTRIM",
    "ZADD",
    "ZCARD",
    "ZCOUNT",
    "ZDIFF",
    "ZDIFFSTORE",
    "ZINCRBY",
    "ZINTER",
    "ZINTERCARD",
    "ZINTERSTORE",
    "ZLEXCOUNT",
    "ZMPOP",
    "ZMSCORE",
    "ZPOPMAX",
    "ZPOPMIN",
    "ZRANDMEMBER",
    "ZRANGE",
    "ZRANGEBYLEX",
    "ZRANGEBYSCORE",
    "ZRANGESTORE",
    "ZRANK",
    "ZREM",
    "ZREMRANGEBYLEX",
    "ZREMRANGEBYRANK",
    "ZREMRANGEBYSCORE",
    "ZREVRANGE",
    "ZREVRANGEBYLEX",
    "ZREVRANGEBYSCORE",
    "ZREVRANK",
    "ZSCAN",
    "ZSCORE",
    "ZUNION",
    "ZUNIONSTORE",
];

/// Commands whose second word says what they do.
const CONTAINERS: [&str; 16] = [
    "ACL", "CLIENT", "CLUSTER", "COMMAND", "CONFIG", "DEBUG", "FUNCTION", "LATENCY", "MEMORY",
    "MODULE", "OBJECT", "PUBSUB", "SCRIPT", "SLOWLOG", "XGROUP", "XINFO",
];

/// The longest word that is a command.
const COMMAND_BYTES_MAX: usize = 16;

/// The command that a word is, whatever its case.
pub(super) fn command(word: &str) -> Option<&'static str> {
    if word.len() > COMMAND_BYTES_MAX {
        return None;
    }
    let order =
        |known: &&str| known.bytes().cmp(word.bytes().map(|byte| byte.to_ascii_uppercase()));
    let at = COMMANDS.binary_search_by(order).ok()?;
    COMMANDS.get(at).copied()
}

/// `GET key` as `GET *`, and its command.
pub(super) fn redis(text: &str) -> (String, &'static str) {
    let mut words = text.split_ascii_whitespace();
    let Some(command) = words.next().and_then(command) else { return ("*".to_owned(), "") };
    let mut out = command.to_owned();
    let mut next = words.next();
    if CONTAINERS.contains(&command)
        && let Some(word) =
            next.filter(|word| word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-'))
    {
        out.push(' ');
        out.push_str(&word.to_ascii_uppercase());
        next = words.next();
    }
    if next.is_some() {
        out.push_str(" *");
    }
    (out, command)
}

/// Objects in objects of a filter that are shown.
const DEPTH_MAX: usize = 4;

/// A command of `MongoDB` as JSON, its values as `"?"`; only the name of the collection stays. `None` for
/// text that is no object.
pub(super) fn mongodb(text: &str, collection: &str) -> Option<String> {
    let text = text.trim();
    if !text.starts_with('{') {
        return None;
    }
    let mut reader = Document { text, at: 0, out: String::with_capacity(text.len()), depth: 0 };
    reader.run(collection);
    Some(reader.out)
}

/// Copies keys and braces of JSON, in any of its sloppy forms.
struct Document<'a> {
    text: &'a str,
    at: usize,
    out: String,
    depth: usize,
}

impl<'a> Document<'a> {
    /// Braces and brackets are copied, keys too; every other value becomes `"?"`. Lists say the same
    /// as their first element. What is too deep is skipped.
    fn run(&mut self, collection: &str) {
        let mut skipped: Option<usize> = None;
        while let Some(byte) = self.text.as_bytes().get(self.at).copied() {
            let before = self.out.len();
            match byte {
                b'{' | b'[' => {
                    self.at += 1;
                    self.depth += 1;
                    self.out.push(char::from(byte));
                    if self.depth > DEPTH_MAX && skipped.is_none() {
                        self.out.push_str("...");
                        skipped = Some(self.depth);
                        continue;
                    }
                }
                b'}' | b']' => {
                    if skipped == Some(self.depth) {
                        skipped = None;
                    }
                    self.at += 1;
                    self.depth = self.depth.saturating_sub(1);
                    self.out.push(char::from(byte));
                }
                b',' => {
                    self.at += 1;
                    self.out.push(',');
                }
                b':' => {
                    self.at += 1;
                    self.out.push(':');
                }
                _ if byte.is_ascii_whitespace() => self.at += 1,
                _ => self.scalar(collection),
            }
            if skipped.is_some() {
                self.out.truncate(before);
            }
        }
    }

    /// A key stays; a value does if it is the collection. In lists, equal values become one.
    fn scalar(&mut self, collection: &str) {
        let word = self.word();
        let rest = self.text.get(self.at..).unwrap_or_default();
        let is_value = self.out.ends_with([':', '['])
            || self.out.ends_with("\"?\",")
            || !rest.trim_start().starts_with(':');
        if !is_value || (!collection.is_empty() && word == collection) {
            self.out.push('"');
            self.out.push_str(word);
            self.out.push('"');
        } else if self.out.ends_with("\"?\",") {
            self.out.pop();
        } else {
            self.out.push_str("\"?\"");
        }
    }

    /// A string without its quotes, or whatever else goes on to the next sign.
    fn word(&mut self) -> &'a str {
        let bytes = self.text.as_bytes();
        let quote = bytes.get(self.at).copied().unwrap_or(0);
        let start = self.at;
        if !matches!(quote, b'"' | b'\'') {
            let rest = self.text.get(start..).unwrap_or_default();
            let width = rest.find(['{', '}', '[', ']', ',', ':']).unwrap_or(rest.len());
            self.at = start + width.max(1);
            return self.text.get(start..self.at).unwrap_or_default().trim_end();
        }
        self.at += 1;
        while let Some(byte) = bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                byte if *byte == quote => {
                    return self.text.get(start + 1..self.at - 1).unwrap_or_default();
                }
                _ => {}
            }
        }
        self.at = bytes.len();
        self.text.get(start + 1..).unwrap_or_default()
    }
}
