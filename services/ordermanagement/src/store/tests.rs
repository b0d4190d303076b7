use chrono::{DateTime, Utc};
use kvitt_postgres::violated_constraint;
use kvitt_primitives::{CategoryId, Msn};
use kvitt_testing::TestDatabase;
use sqlx::Executor as _;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::*;
use crate::domain::{
    Category, CategoryType, Image, ImageId, Link, MOST_CATEGORIES, Order, PaymentType, pictures,
};
use categories::Given;

const NOW: &str = "2030-06-15T12:00:00Z";

fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

async fn database() -> TestDatabase {
    TestDatabase::create("ordermanagement", &crate::MIGRATIONS).await
}

fn msn() -> Msn {
    "123456".parse().unwrap()
}

fn category(url: &str) -> Category {
    Category {
        category_id: CategoryId::from_uuid(Uuid::now_v7()),
        order: Order { msn: msn(), payment_type: PaymentType::Ecom, order_id: "order-1".parse().unwrap() },
        link: Link { category_type: CategoryType::General, url: url.parse().unwrap(), image_id: None },
    }
}

#[tokio::test]
async fn every_statement_fits_the_schema() {
    let database = database().await;
    kvitt_postgres::prepare_all(database.pool(), &statements()).await.unwrap();
}

#[tokio::test]
async fn the_category_that_is_set_replaces_the_one_before_and_no_other() {
    let database = database().await;
    let mut connection = database.pool().acquire().await.unwrap();
    let (added, first, second) =
        (category("https://a.example"), category("https://b.example"), category("https://c.example"));
    assert_eq!(categories::add(&mut connection, &added, now()).await.unwrap(), Given::Done);
    assert_eq!(categories::set(&mut connection, &first, now()).await.unwrap(), Given::Done);
    assert_eq!(categories::set(&mut connection, &second, now()).await.unwrap(), Given::Done);
    let listed = categories::list(&mut connection, &msn(), &added.order.order_id).await.unwrap();
    assert_eq!(listed, [added.clone(), second.clone()]);
    assert_eq!(categories::find_latest(&mut connection, &added.order).await.unwrap(), Some(second));
    assert_eq!(categories::find(&mut connection, &msn(), first.category_id).await.unwrap(), None);
}

#[tokio::test]
async fn an_order_has_so_many_added_categories_and_one_that_is_set() {
    let database = database().await;
    let mut connection = database.pool().acquire().await.unwrap();
    for _ in 0..MOST_CATEGORIES {
        let added = categories::add(&mut connection, &category("https://a.example"), now()).await;
        assert_eq!(added.unwrap(), Given::Done);
    }
    let more = category("https://a.example");
    assert_eq!(categories::add(&mut connection, &more, now()).await.unwrap(), Given::Full);
    assert_eq!(categories::set(&mut connection, &more, now()).await.unwrap(), Given::Done);
    let of_another_kind = Order { payment_type: PaymentType::Recurring, ..more.order.clone() };
    let other = Category { order: of_another_kind, ..category("https://a.example") };
    assert_eq!(categories::add(&mut connection, &other, now()).await.unwrap(), Given::Done);
    let order_id = &more.order.order_id;
    let listed = categories::list(&mut connection, &msn(), order_id).await.unwrap();
    assert_eq!(i64::try_from(listed.len()).unwrap(), MOST_CATEGORIES + 2);
    assert!(categories::delete(&mut connection, &msn(), listed[0].category_id).await.unwrap());
    let again = category("https://a.example");
    assert_eq!(categories::add(&mut connection, &again, now()).await.unwrap(), Given::Done);
}

#[tokio::test]
async fn of_many_who_set_a_category_at_once_one_remains() {
    let database = database().await;
    let setting: JoinSet<_> = (0..20)
        .map(|number| {
            let pool = database.pool().clone();
            async move {
                let category = category(&format!("https://{number}.example"));
                categories::set(&mut pool.acquire().await.unwrap(), &category, now()).await.unwrap()
            }
        })
        .collect();
    assert!(setting.join_all().await.iter().all(|given| *given == Given::Done));
    let mut connection = database.pool().acquire().await.unwrap();
    let order_id = "order-1".parse().unwrap();
    assert_eq!(categories::list(&mut connection, &msn(), &order_id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn of_many_who_add_an_image_at_once_one_is_kept_and_a_category_needs_it() {
    let database = database().await;
    let image_id: ImageId = "socks".parse().unwrap();
    let mut connection = database.pool().acquire().await.unwrap();
    let mut with_image = category("https://a.example");
    with_image.link.image_id = Some(image_id.clone());
    assert_eq!(categories::add(&mut connection, &with_image, now()).await.unwrap(), Given::NoImage);
    assert_eq!(categories::set(&mut connection, &with_image, now()).await.unwrap(), Given::NoImage);
    let adding: JoinSet<_> = (1..=20)
        .map(|width| {
            let (pool, image_id) = (database.pool().clone(), image_id.clone());
            async move {
                let image = Image::try_new(pictures::png(width, 167)).unwrap();
                let mut connection = pool.acquire().await.unwrap();
                images::insert(&mut connection, (&msn(), &image_id), &image, now()).await.unwrap()
            }
        })
        .collect();
    assert_eq!(adding.join_all().await.iter().filter(|added| **added).count(), 1);
    assert_eq!(categories::add(&mut connection, &with_image, now()).await.unwrap(), Given::Done);
    let of_another_unit = Order { msn: "654321".parse().unwrap(), ..with_image.order.clone() };
    let other = Category { order: of_another_unit, ..with_image };
    assert_eq!(categories::set(&mut connection, &other, now()).await.unwrap(), Given::NoImage);
}

#[tokio::test]
async fn the_schema_refuses_what_the_domain_refuses() {
    let database = database().await;
    let category = |columns: &str| {
        format!(
            "INSERT INTO categories (msn, category_id, payment_type, order_id, category_type, url, is_set, given_at)
             VALUES ('123456', '{}', {columns}, false, '{NOW}')",
            Uuid::now_v7()
        )
    };
    let table = [
        (category("'ecom', 'order-1', 'GENERAL', 'https://a.example'"), "categories_payment_type_check"),
        (category("'ECOM', 'order 1', 'GENERAL', 'https://a.example'"), "categories_order_id_check"),
        (category("'ECOM', 'order-1', 'OTHER', 'https://a.example'"), "categories_category_type_check"),
        (category("'ECOM', 'order-1', 'GENERAL', ''"), "categories_url_check"),
        (
            format!("INSERT INTO images VALUES ('1', 'a/b', 'image/png', 'x', '{NOW}')"),
            "images_image_id_check",
        ),
        (
            format!("INSERT INTO images VALUES ('1', 'a', 'image/gif', 'x', '{NOW}')"),
            "images_media_type_check",
        ),
        (format!("INSERT INTO images VALUES ('1', 'a', 'image/png', '', '{NOW}')"), "images_data_check"),
        (
            format!(
                "INSERT INTO receipts VALUES ('1', 'ECOM', 'a', '{}', 'OTHER', '{{}}', '{NOW}')",
                Uuid::nil()
            ),
            "receipts_origin_check",
        ),
    ];
    for (insert, constraint) in table {
        let refused = database.pool().execute(sqlx::AssertSqlSafe(insert)).await.unwrap_err();
        assert_eq!(violated_constraint(&refused), Some(constraint));
    }
}
