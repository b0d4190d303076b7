use super::*;

async fn names(stage: &Stage, search: &str, size: u32) -> Vec<String> {
    let mut page = Page { search: search.to_owned(), size, after: None };
    let mut names = Vec::new();
    loop {
        let listed = list_users(&stage.app, &stage.administrator, stage.merchant_id, &page).await.unwrap();
        assert!(listed.0.len() <= size as usize);
        names.extend(listed.0.into_iter().map(|member| member.user.name));
        match listed.1 {
            Some(end) => page.after = Some(end),
            None => return names,
        }
    }
}

#[tokio::test]
async fn users_are_listed_by_name_page_by_page_and_namesakes_by_id() {
    let stage = Stage::set().await;
    for name in ["kari nordmann", "Kari Nordmann", "Åse Ås", "Bo 100%_\\", "Ola", "Kari Nordmann"] {
        stage.newcomer(Country::No, name, stage.assistant(3)).await;
    }
    let elsewhere = Membership::administrator(MerchantId::from_uuid(Uuid::new_v4()));
    stage.newcomer(Country::No, "Kari Elsewhere", elsewhere).await;
    let all = names(&stage, "", 100).await;
    let lower: Vec<_> = all.iter().map(|name| name.to_lowercase()).collect();
    let sorted =
        ["anne admin", "bo 100%_\\", "kari nordmann", "kari nordmann", "kari nordmann", "ola", "åse ås"];
    assert_eq!(lower, sorted);
    for size in 1..=7 {
        assert_eq!(names(&stage, "", size).await, all, "{size}");
    }
    assert_eq!(names(&stage, "KARI n", 2).await.len(), 3);
    assert_eq!(names(&stage, "ÅS", 100).await, ["Åse Ås"]);
    for wildcard in ["%", "_", "\\", "100%_\\"] {
        assert_eq!(names(&stage, wildcard, 100).await, ["Bo 100%_\\"], "{wildcard}");
    }
    for nobody in ["%a", "x'; DROP TABLE users; --", "k%n"] {
        assert!(names(&stage, nobody, 100).await.is_empty(), "{nobody}");
    }
}

#[tokio::test]
async fn a_page_goes_on_behind_a_user_who_is_gone() {
    let stage = Stage::set().await;
    let bo = stage.newcomer(Country::No, "Bo", stage.assistant(1)).await;
    stage.newcomer(Country::No, "Cato", stage.assistant(1)).await;
    let page = Page { search: String::new(), size: 2, after: None };
    let (_, end) = list_users(&stage.app, &stage.administrator, stage.merchant_id, &page).await.unwrap();
    stage.remove(&stage.administrator, &bo).await.unwrap();
    let rest = Page { after: end, ..page };
    let (rest, end) = list_users(&stage.app, &stage.administrator, stage.merchant_id, &rest).await.unwrap();
    assert_eq!(rest.iter().map(|member| member.user.name.as_str()).collect::<Vec<_>>(), ["Cato"]);
    assert!(end.is_none());
}

#[tokio::test]
async fn a_listed_user_has_their_units_with_the_grants_there() {
    let stage = Stage::set().await;
    let manager = stage.part(Role::SalesUnitManager, 2, true);
    let user = stage.newcomer(Country::No, "Zoe", manager.clone()).await;
    let page = Page { search: "zoe".to_owned(), size: 5, after: None };
    let listed = list_users(&stage.app, &stage.administrator, stage.merchant_id, &page).await.unwrap().0;
    assert_eq!(listed.iter().map(|member| &member.membership).collect::<Vec<_>>(), [&manager]);
    let one = get_user(&stage.app, &stage.administrator, stage.merchant_id, user_of(&user)).await.unwrap();
    assert_eq!(one.membership, manager);
    let nobody = UserId::from_uuid(Uuid::new_v4());
    let none = get_user(&stage.app, &stage.administrator, stage.merchant_id, nobody).await;
    assert!(matches!(none, Err(Error::NoSuchUser)));
}

#[tokio::test]
async fn the_audit_log_of_a_merchant_is_read_newest_first_page_by_page() {
    let stage = Stage::set().await;
    for _ in 0..4 {
        stage.newcomer(Country::No, "Kari", stage.assistant(1)).await;
    }
    let mut page = AuditPage { size: 2, before: None };
    let mut sequences = Vec::new();
    loop {
        let listed = list_audit_entries(&stage.app, &stage.administrator, stage.merchant_id, page);
        let (entries, more) = listed.await.unwrap();
        sequences.extend(entries.iter().map(|entry| entry.sequence));
        if !more {
            break;
        }
        page.before = sequences.last().copied();
    }
    assert_eq!(sequences, [5, 4, 3, 2, 1]);
    let mut connection = stage.database.pool().acquire().await.unwrap();
    assert_eq!(kvitt_audit_log::verify(&mut connection).await.unwrap().broken, []);
}
