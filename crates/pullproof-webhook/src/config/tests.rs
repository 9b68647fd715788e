//! Settings that are good, and every way in which they are not.

use super::*;

fn check(text: &str, expected: &[&str]) {
    let (_, problems) = read(text);
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems, expected, "{text}");
}

#[test]
fn problems_say_where_and_what() {
    check("", &[]);
    check("listen = '127.0.0.1:1'", &[]);
    check(
        "listen = 5",
        &["1:10: expected a string, found integer `5`"],
    );
    check(
        "listen = 'x'",
        &["1:10: `x`: invalid socket address syntax"],
    );
    check(
        "\n  lisen = ''",
        &["2:3: unknown setting `lisen` in the settings"],
    );
    check("[tls]\ncrt = 'a'", &["2:1: unknown setting `crt` in `tls`"]);
    check("tls = 1", &["1:7: expected a table, found integer `1`"]);
    check(
        "on_error = 'open'",
        &["1:12: `open` is none of `deny`, `allow`, `fail`"],
    );
    check(
        "[tls]\nmin_version = '1.1'",
        &["2:15: `1.1` is neither `1.2` nor `1.3`"],
    );
    check(
        "workers = 'two'",
        &["1:11: expected a whole number, found string `'two'`"],
    );
    check(
        "workers = 0\nqueue = -1",
        &[
            "1:11: `0` is not between 1 and 1024",
            "2:9: `-1` is not between 1 and 100000",
        ],
    );
    check(
        "log.level = 'é'\n",
        &["1:13: `é` is none of `error`, `warn`, `info`, `debug`"],
    );
    check(
        "playground = 1",
        &["1:14: expected `true` or `false`, found integer `1`"],
    );
    check("[[policy]]", &["1:1: a policy has no `name`"]);
    check(
        "policy = 1",
        &["1:10: expected an array, found integer `1`"],
    );
    check(
        "policy = [1]",
        &["1:11: expected a table, found integer `1`"],
    );
    check(
        "[[policy]]\nname = 'A'",
        &["2:8: `A` is no name: 1 to 63 of lower case letters, digits and `-`"],
    );
    check(
        "[[policy]]\nname = 'a'\nrules = { x = 'off' }",
        &["3:15: `off` is none of `enforce`, `warn`, `monitor`"],
    );
    check(
        "[[policy]]\nname = 'a'\nsettings = []",
        &["3:12: expected a table, found array `[]`"],
    );
    check(
        "[[policy]]\nname = 'a'\nsettings = { a = nan }",
        &["3:18: `nan` has no JSON form"],
    );
    check(
        "state.source = 'directory'",
        &["1:1: `state.source` is `directory`, so `state.path` must be set"],
    );
    check(
        "state = { path = 'x' }",
        &["1:9: `state.path` is only for `state.source = \"directory\"`"],
    );
    check(
        "[[policy]]\nname = 'a'\nexempt = [{}]",
        &["3:11: this would exempt every object"],
    );
    check(
        "[[policy]]\nname = 'a'\nexempt = [{ name = 'x' }]",
        &["3:11: `kind` and `name` exempt only together"],
    );
    check(
        "[[policy]]\nname = 'a'\nexempt = [{ labels = { matchExpressions = [{ key = 'a', operator = 'In' }] } }]",
        &["3:44: `In` and `NotIn` need `values`"],
    );
}

#[test]
fn a_broken_file_still_shows_its_other_problems() {
    let (_, problems) = read("workers = 0\nlisten = = 1\nfoo = 1\n");
    let lines: Vec<_> = problems
        .iter()
        .filter_map(|problem| problem.position)
        .collect();
    assert!(lines.contains(&(1, 11)), "{problems:?}");
    assert!(lines.contains(&(3, 1)), "{problems:?}");
    assert!(lines.iter().any(|(line, _)| *line == 2), "{problems:?}");
}

#[test]
fn ranges_hold_on_both_sides() {
    for setting in [
        "workers",
        "queue",
        "timeout_ms",
        "body_limit_bytes",
        "drain_delay_ms",
        "max_connections",
        "max_connection_age_ms",
        "memory_bytes",
    ] {
        let range = range(setting).unwrap();
        assert_eq!(
            number_in_range(setting, &range.start().to_string()),
            Ok(*range.start())
        );
        assert_eq!(
            number_in_range(setting, &range.end().to_string()),
            Ok(*range.end())
        );
        assert!(number_in_range(setting, &(range.end() + 1).to_string()).is_err());
        if let Some(below) = range.start().checked_sub(1) {
            assert!(number_in_range(setting, &below.to_string()).is_err());
        }
        assert!(number_in_range(setting, "1e3").is_err());
    }
}

#[test]
fn the_documented_settings_are_the_defaults() {
    let (documented, problems) = read(DOCUMENTED);
    assert_eq!(problems, []);
    let (mut defaults, _) = read("");
    // These differ from machine to machine or have no default.
    defaults.workers = documented.workers;
    defaults.tls.cert.clone_from(&documented.tls.cert);
    defaults.tls.key.clone_from(&documented.tls.key);
    assert_eq!(documented, defaults);
    assert_eq!(validate(&documented), []);
}

#[test]
fn every_setting_is_documented() {
    let (_, problems) = read(&DOCUMENTED.replace("\n#: ", "\n"));
    assert_eq!(problems, [], "what is commented out with `#:` is valid too");
    // Keys are the patterns of the `match`es there.
    let source = include_str!("reader.rs");
    let keys = source.lines().filter_map(|line| {
        let (pattern, rest) = line.trim().split_once(" => ")?;
        let pattern = pattern.strip_prefix("name @ ").unwrap_or(pattern);
        let key = pattern.strip_prefix('"')?.strip_suffix('"')?;
        let is_setting = !rest.starts_with("Ok(") && !rest.starts_with("Some(");
        is_setting.then_some(key)
    });
    let mut n_keys = 0;
    for key in keys {
        n_keys += 1;
        assert!(DOCUMENTED.contains(key), "`{key}` is not documented");
    }
    assert!(30 <= n_keys, "{n_keys}");
}

#[test]
fn a_policy_is_read_whole() {
    let (config, problems) = read(
        r#"
            [[policy]]
            name = "hosts"
            path = "/p.wasm"
            mode = "warn"
            rules = { "b" = "enforce", "a" = "monitor" }
            settings = { hosts = ["a.io"], n = 0x10, f = 1.5, on = true, at = 2026-01-01 }
            deadline_ms = 50
            memory_bytes = 1_048_576
            exempt = [
              { kind = "ImageDigestMirrorSet", name = "x" },
              { labels.matchLabels = { team = "net" }, labels.matchExpressions = [{ key = "tier", operator = "Exists" }] },
            ]
            "#,
    );
    assert_eq!(problems, []);
    let policy = &config.policies[0];
    assert_eq!(
        policy.settings,
        r#"{"at":"2026-01-01","f":1.5,"hosts":["a.io"],"n":16,"on":true}"#
    );
    assert_eq!(
        policy.rules,
        [("a".into(), Mode::Monitor), ("b".into(), Mode::Enforce)]
    );
    assert_eq!(policy.deadline, Some(Duration::from_millis(50)));
    assert_eq!(policy.memory_bytes, Some(1_048_576));
    assert_eq!(policy.exempt.len(), 2);
    assert_eq!(policy.exempt[1].labels.len(), 2);
    assert_eq!(policy.mode, Mode::Warn);
}

#[test]
fn settings_must_fit_together() {
    let check = |change: &dyn Fn(&mut Config), expected: &[&str]| {
        let (mut config, _) = read("");
        config.tls.cert = Some("c".into());
        config.tls.key = Some("k".into());
        change(&mut config);
        let problems: Vec<_> = validate(&config).into_iter().map(|p| p.message).collect();
        assert_eq!(problems, expected);
    };
    check(&|_| {}, &[]);
    check(
        &|config| config.tls.key = None,
        &["`tls.cert` and `tls.key` must be set, or `--self-signed`"],
    );
    check(
        &|config| config.tls.self_signed = vec!["localhost".into()],
        &["`--self-signed` makes `tls.cert` and `tls.key` useless"],
    );
    check(
        &|config| config.tls.client_names = vec!["kube-apiserver".into()],
        &["`tls.client_names` needs `tls.client_ca`"],
    );
    check(
        &|config| config.metrics_listen = Some(config.listen),
        &["`listen` and `metrics_listen` are both `0.0.0.0:8443`"],
    );
    let how = format!("`playground` is on, but {}", pullproof_page::HOW_TO_BUILD);
    let missing: &[&str] = match pullproof_page::is_built() {
        true => &[],
        false => &[&how],
    };
    check(&|config| config.playground = true, missing);
    check(
        &|config| config.policies.extend(config.policies.clone()),
        &["two policies are named `pullproof`"],
    );
}
