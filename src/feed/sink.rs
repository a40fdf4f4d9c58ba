//! Places for bytes. A file or an object appears under its name only when it is whole; until then the old one stands.

use std::{
    ffi::OsString,
    fs::{File, create_dir_all, rename},
    io::{self, BufWriter, Stdout, Write, stdout},
    path::{Path, PathBuf},
};

use object_store::buffered::BufWriter as Upload;
use tokio::io::AsyncWriteExt;

use super::{FeedError, object::Object, place::Place};
use crate::lang::Language;

/// A place for bytes.
pub enum Sink {
    Stdout(BufWriter<Stdout>),
    File(BufWriter<File>, PathBuf),
    Object(Box<Upload>, String),
}

impl Sink {
    /// The output for an input of this name in one language.
    pub fn new(place: &Place, name: &Path, target: Language) -> Result<Self, FeedError> {
        match place {
            Place::Nowhere | Place::Stdout => Ok(Self::Stdout(BufWriter::new(stdout()))),
            Place::File(path) => Self::file(path.clone()),
            Place::Folder(folder) => Self::file(folder.join(target.code()).join(name)),
            Place::Object(object) if object.is_folder() => {
                let path = Path::new(target.code()).join(name);
                let below = object.below(&path).map_err(|error| FeedError::Object {
                    object: format!("{object}{}", path.display()),
                    error: io::Error::other(error),
                })?;
                Ok(Self::object(&below))
            }
            Place::Object(object) => Ok(Self::object(object)),
        }
    }

    /// A file that gets its name when it is finished.
    pub fn file(path: PathBuf) -> Result<Self, FeedError> {
        let part = part(&path);
        let create = || {
            part.parent().map_or(Ok(()), create_dir_all)?;
            File::create(&part)
        };
        let file = create().map_err(|error| FeedError::File { path: path.clone(), error })?;
        Ok(Self::File(BufWriter::new(file), path))
    }

    fn object(object: &Object) -> Self {
        Self::Object(Box::new(object.write()), object.to_string())
    }

    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), FeedError> {
        match self {
            Self::Object(upload, object) => upload
                .write_all(bytes)
                .await
                .map_err(|error| FeedError::Object { object: object.clone(), error }),
            Self::Stdout(out) => out.write_all(bytes).map_err(FeedError::Output),
            Self::File(out, path) => {
                out.write_all(bytes).map_err(|error| FeedError::File { path: path.clone(), error })
            }
        }
    }

    /// Passes on what is ready.
    pub fn flush(&mut self) -> Result<(), FeedError> {
        match self {
            Self::Stdout(out) => out.flush().map_err(FeedError::Output),
            Self::File(..) | Self::Object(..) => Ok(()),
        }
    }

    /// Takes back what was sent of an object. A store would keep the parts, and ask money for them.
    pub async fn abandon(self) {
        if let Self::Object(mut upload, object) = self
            && let Err(error) = upload.abort().await
        {
            tracing::warn!(object, %error, "the parts of an object cannot be removed");
        }
    }

    /// Gives a file or an object its name.
    pub async fn finish(self) -> Result<(), FeedError> {
        match self {
            Self::Object(mut upload, object) => {
                upload.shutdown().await.map_err(|error| FeedError::Object { object, error })
            }
            Self::Stdout(mut out) => out.flush().map_err(FeedError::Output),
            Self::File(out, path) => {
                let finish = || -> io::Result<()> {
                    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
                    rename(part(&path), &path)
                };
                finish().map_err(|error| FeedError::File { path: path.clone(), error })
            }
        }
    }
}

/// The file that becomes the one at this path when it is whole. A job that was killed leaves it, and the next one writes it anew.
fn part(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".part");
    path.with_file_name(name)
}
