use super::*;
use crate::app::people::Register;

#[tokio::test]
async fn registering_the_same_person_again_is_harmless_and_another_is_refused() {
    let stage = Stage::set().await;
    let person = somebody(Country::No, "Ola");
    stage.register(&person).await.unwrap();
    stage.register(&person).await.unwrap();
    let other = somebody(Country::No, "Ola");
    let conflicts = [
        Person { name: PersonName::try_new("Per".to_owned()).unwrap(), ..person.clone() },
        Person { phone_number: None, ..person.clone() },
        Person { phone_number: other.phone_number.clone(), ..person.clone() },
        // Somebody else with the same phone number.
        Person { national_id: other.national_id, ..person.clone() },
    ];
    for conflict in conflicts {
        assert!(matches!(stage.register(&conflict).await, Err(Error::PersonExists)));
    }
}

#[tokio::test]
async fn only_the_operator_registers_people() {
    let stage = Stage::set().await;
    let person = somebody(Country::No, "Ola");
    let refused = register_person(&stage.app, &stage.administrator, &person).await;
    assert!(matches!(refused, Err(Error::NotPermitted)));
    let forwarded = Caller { via: Some(kvitt_runtime::ServiceName::Launcher), ..stage.administrator };
    let refused = register_person(&stage.app, &forwarded, &person).await;
    assert!(matches!(refused, Err(Error::NotPermitted)));
}

#[tokio::test]
async fn without_a_register_nobody_is_known_and_nobody_registered() {
    let mut stage = Stage::set().await;
    let person = somebody(Country::No, "Ola");
    stage.register(&person).await.unwrap();
    stage.app.people.register = Register::Absent;
    let found = look_up_person(&stage.app, &OPERATOR, stage.merchant_id, &by_phone(&person)).await;
    assert!(matches!(found, Err(Error::NoSuchPerson)));
    let added = stage.add(&OPERATOR, by_national_id(&person), stage.assistant(1)).await;
    assert!(matches!(added, Err(Error::NoSuchPerson)));
    assert!(matches!(stage.register(&person).await, Err(Error::SandboxOff)));
}
