//! Where pictures are decoded: off the threads that everybody shares, a few at a time, since each takes long and needs
//! memory.

use std::sync::Arc;

use kvitt_primitives::Invalid;
use tokio::sync::Semaphore;

use super::Error;
use crate::domain::Image;

/// Pictures that are in the service at once, most of them waiting; each is a file of 2 MiB.
const MOST_PICTURES: usize = 32;

/// Pictures that are decoded at once; each may take some hundred megabytes and a second.
const MOST_DECODED: usize = 2;

/// The room for pictures; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Pictures {
    places: Arc<Semaphore>,
    decoders: Arc<Semaphore>,
}

impl Pictures {
    pub(crate) fn new() -> Self {
        Self {
            places: Arc::new(Semaphore::new(MOST_PICTURES)),
            decoders: Arc::new(Semaphore::new(MOST_DECODED)),
        }
    }

    /// The picture, if the file is one. A decoder that gives up in a panic has no picture for us either.
    pub(crate) async fn decode(&self, data: Vec<u8>) -> Result<Image, Error> {
        let _place = self.places.try_acquire().map_err(|_| Error::Overloaded)?;
        let decoder = Arc::clone(&self.decoders).acquire_owned().await;
        // The decoding goes on when its caller has gone, and so does what it occupies.
        let decoding = tokio::task::spawn_blocking(move || {
            let _decoder = decoder;
            Image::try_new(data)
        });
        let undecodable = Err(Invalid { rule: "must be a PNG or JPEG file" });
        let Invalid { rule } = match decoding.await.unwrap_or(undecodable) {
            Ok(image) => return Ok(image),
            Err(invalid) => invalid,
        };
        Err(Error::Field { field: "data", rule: rule.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use tokio::task::JoinSet;

    use super::*;
    use crate::domain::pictures::png;

    #[tokio::test]
    async fn so_many_pictures_find_room_and_the_next_is_told_to_come_back() {
        let pictures = Pictures::new();
        let held: Vec<_> = (1..MOST_PICTURES).map(|_| pictures.places.try_acquire().unwrap()).collect();
        assert!(pictures.decode(png(1, 167)).await.is_ok());
        let last = pictures.places.try_acquire().unwrap();
        assert!(matches!(pictures.decode(png(1, 167)).await, Err(Error::Overloaded)));
        drop((held, last));
        let many = (0..MOST_PICTURES).map(|_| {
            let pictures = pictures.clone();
            async move { pictures.decode(png(8, 167)).await.is_ok() }
        });
        let decoded = many.collect::<JoinSet<_>>().join_all().await;
        assert!(decoded.into_iter().all(|decoded| decoded));
        assert_eq!(pictures.places.available_permits(), MOST_PICTURES);
    }

    #[tokio::test]
    async fn what_is_no_picture_is_refused_by_its_rule() {
        let refused = Pictures::new().decode(b"GIF89a".to_vec()).await.unwrap_err();
        assert_eq!(refused.to_string(), "data must be a PNG or JPEG file");
    }
}
