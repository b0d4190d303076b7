use super::*;

#[tokio::test]
async fn m42_removing_or_demoting_the_last_administrator_is_refused() {
    let stage = Stage::set().await;
    let last = &stage.administrator;
    for caller in [last, &OPERATOR] {
        let removed = stage.remove(caller, last).await;
        assert!(matches!(removed, Err(Error::LastAdministrator)));
    }
    let demoted = stage.change(&OPERATOR, last, &stage.assistant(1)).await;
    assert!(matches!(demoted, Err(Error::LastAdministrator)));
    let forgotten = forget_user(&stage.app, last, user_of(last), now()).await;
    assert!(matches!(forgotten, Err(Error::LastAdministrator)));
    assert_eq!(stage.part_of(last).await, Some(stage.administrator_part()));
    assert_eq!(stage.told_of(last).await, ["user.added"]);
    let second = stage.newcomer(Country::No, "Second", stage.administrator_part()).await;
    stage.change(&second, last, &stage.assistant(1)).await.unwrap();
    assert!(matches!(stage.remove(&second, &second).await, Err(Error::LastAdministrator)));
}

#[tokio::test]
async fn the_operator_replaces_the_last_administrator() {
    let stage = Stage::set().await;
    let second = stage.newcomer(Country::No, "Second", stage.administrator_part()).await;
    stage.remove(&OPERATOR, &stage.administrator).await.unwrap();
    // And forgets even the last one, when they ask for it.
    forget_user(&stage.app, &OPERATOR, user_of(&second), now()).await.unwrap();
    assert_eq!(stage.part_of(&second).await, None);
}

#[tokio::test]
async fn nobody_changes_their_own_role_and_the_try_is_written_down() {
    let stage = Stage::set().await;
    let second = stage.newcomer(Country::No, "Second", stage.administrator_part()).await;
    let own = stage.change(&second, &second, &stage.assistant(1)).await;
    assert!(matches!(own, Err(Error::OwnRole)));
    let colleague = stage.newcomer(Country::No, "Kari", stage.assistant(1)).await;
    let raised = stage.change(&colleague, &colleague, &stage.administrator_part()).await;
    assert!(matches!(raised, Err(Error::NotPermitted)));
    for user in [&second, &colleague] {
        assert_eq!(stage.told_of(user).await, ["user.added", "user.refused"]);
    }
    assert_eq!(stage.part_of(&colleague).await, Some(stage.assistant(1)));
}

/// Runs both at once, many times, each time with two fresh Administrators besides nobody.
async fn at_most_one<F, G>(change: F)
where
    F: Fn(App, MerchantId, Caller, Caller) -> G,
    G: Future<Output = Result<(), Error>> + Send + 'static,
{
    let stage = Stage::set().await;
    for round in 0..12 {
        let merchant_id = MerchantId::from_uuid(Uuid::new_v4());
        let part = Membership::administrator(merchant_id);
        let one = stage.newcomer(Country::No, &format!("One {round}"), part.clone()).await;
        let two = stage.newcomer(Country::Dk, &format!("Two {round}"), part).await;
        let first = tokio::spawn(change(stage.app.clone(), merchant_id, one, two));
        let second = tokio::spawn(change(stage.app.clone(), merchant_id, two, one));
        let outcomes = [first.await.unwrap(), second.await.unwrap()];
        let done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(done, 1, "{outcomes:?}");
        let select = "SELECT count(*) FROM memberships WHERE merchant_id = $1 AND role = 'ADMINISTRATOR'";
        let left: i64 = sqlx::query_scalar(select)
            .bind(merchant_id.as_uuid())
            .fetch_one(stage.database.pool())
            .await
            .unwrap();
        assert_eq!(left, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_administrators_who_remove_each_other_at_once_one_stays() {
    at_most_one(|app, merchant_id, caller, user| async move {
        remove_user(&app, &caller, (merchant_id, user_of(&user)), now()).await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_administrators_who_leave_at_once_one_stays() {
    at_most_one(|app, merchant_id, caller, _| async move {
        remove_user(&app, &caller, (merchant_id, user_of(&caller)), now()).await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_administrators_who_want_to_be_forgotten_at_once_one_stays() {
    at_most_one(|app, _, caller, _| async move { forget_user(&app, &caller, user_of(&caller), now()).await })
        .await;
}
