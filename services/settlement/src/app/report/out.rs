//! The file that a report goes to, which is still there when the report has been finished.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    sync::{Arc, Mutex, PoisonError},
};

/// Bytes that are written at once.
const AT_ONCE: usize = 256 * 1024;

/// Where a report goes; clones are the same place.
#[derive(Clone)]
pub(super) struct Out(Arc<Mutex<BufWriter<File>>>);

impl Out {
    pub(super) fn new(file: File) -> Self {
        Self(Arc::new(Mutex::new(BufWriter::with_capacity(AT_ONCE, file))))
    }

    /// The file, once everything stands in it.
    pub(super) fn file(&self) -> io::Result<File> {
        self.with(|out| {
            out.flush()?;
            out.get_ref().try_clone()
        })
    }

    fn with<T>(&self, work: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>) -> io::Result<T> {
        // A writer that panicked has told nobody that it is done.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.with(|out| out.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.with(Write::flush)
    }
}
