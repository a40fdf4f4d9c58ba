//! Objects in buckets of S3, or of a store that speaks its protocol. The crate `object_store` reads how to reach it from the environment
//! (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL` and so on), as other tools do.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};

use futures::{StreamExt, TryStreamExt, stream};
use object_store::{
    Error, GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt,
    aws::{AmazonS3, AmazonS3Builder},
    buffered::BufWriter,
    path::Path as Key,
};
use tokio::io::AsyncRead;
use tokio_util::io::StreamReader;

/// What an address begins with.
pub const SCHEME: &str = "s3://";
/// Bytes that are fetched at once. Each request has its own answer: a job may take hours to read an object, and no server keeps an answer
/// open for so long.
const RANGE: u64 = 8 << 20;

/// An object, or a folder: all objects whose keys begin with its own and a slash.
#[derive(Debug, Clone)]
pub struct Object {
    store: Arc<AmazonS3>,
    bucket: String,
    key: Key,
    is_folder: bool,
}

/// Why an address is none of an object.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    #[error("write s3://BUCKET/KEY for an object, and s3://BUCKET/KEY/ for all below it")]
    Form,
    #[error(transparent)]
    Key(#[from] object_store::path::Error),
    #[error(transparent)]
    Store(#[from] Error),
}

impl FromStr for Object {
    type Err = ObjectError;

    fn from_str(text: &str) -> Result<Self, ObjectError> {
        let address = text.strip_prefix(SCHEME).ok_or(ObjectError::Form)?;
        let (bucket, key) = address.split_once('/').unwrap_or((address, ""));
        if bucket.is_empty() {
            return Err(ObjectError::Form);
        }
        let store = AmazonS3Builder::from_env().with_bucket_name(bucket).build()?;
        let is_folder = key.is_empty() || key.ends_with('/');
        Ok(Self { store: Arc::new(store), bucket: bucket.to_owned(), key: Key::parse(key)?, is_folder })
    }
}

impl fmt::Display for Object {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.is_folder && !self.key.is_root() { "/" } else { "" };
        write!(formatter, "{SCHEME}{}/{}{end}", self.bucket, self.key)
    }
}

impl Object {
    pub fn is_folder(&self) -> bool {
        self.is_folder
    }

    /// The last part of the key; that of a bucket is its name.
    pub fn name(&self) -> &str {
        self.key.filename().unwrap_or(&self.bucket)
    }

    /// The object at this path below a folder.
    ///
    /// # Errors
    /// When the path is none of a key.
    pub fn below(&self, path: &Path) -> Result<Self, object_store::path::Error> {
        let key = Key::parse(format!("{}/{}", self.key, path.display()))?;
        Ok(Self { key, is_folder: false, ..self.clone() })
    }

    /// The objects of a folder, each with its path below it.
    pub async fn list(&self) -> Result<Vec<(Self, PathBuf)>, Error> {
        let below = |ObjectMeta { location, .. }: ObjectMeta| {
            let path: PathBuf =
                location.prefix_match(&self.key)?.map(|part| part.as_ref().to_owned()).collect();
            let object = Self { key: location, is_folder: false, ..self.clone() };
            (!path.as_os_str().is_empty()).then_some((object, path))
        };
        let objects: Vec<ObjectMeta> = self.store.list(Some(&self.key)).try_collect().await?;
        Ok(objects.into_iter().filter_map(below).collect())
    }

    /// Reads the object, and notices when it changes meanwhile.
    pub async fn read(&self) -> Result<Box<dyn AsyncRead + Send + Unpin>, Error> {
        let ObjectMeta { size, e_tag, .. } = self.store.head(&self.key).await?;
        let Self { store, key, .. } = self.clone();
        let ranges = (0..size).step_by(RANGE as usize).map(move |start| start..size.min(start + RANGE));
        let parts = stream::iter(ranges).then(move |range| {
            let (store, key) = (store.clone(), key.clone());
            let options = GetOptions::new().with_range(Some(range)).with_if_match(e_tag.clone());
            async move { Ok::<_, std::io::Error>(store.get_opts(&key, options).await?.bytes().await?) }
        });
        Ok(Box::new(StreamReader::new(parts.boxed())))
    }

    /// Writes the object. It appears when the writer is shut down, whole.
    pub fn write(&self) -> BufWriter {
        BufWriter::new(self.store.clone(), self.key.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_an_object_or_a_folder() {
        let parse = |text: &str| text.parse::<Object>();
        for (text, name, is_folder) in [
            ("s3://news/in/a.jsonl", "a.jsonl", false),
            ("s3://news/in/", "in", true),
            ("s3://news/", "news", true),
            ("s3://news/in/a b#1%.txt", "a b#1%.txt", false),
        ] {
            let object = parse(text).unwrap();
            assert_eq!(
                (object.to_string().as_str(), object.name(), object.is_folder()),
                (text, name, is_folder)
            );
        }
        assert_eq!(parse("s3://news").unwrap().to_string(), "s3://news/");
        let below = parse("s3://news/out/").unwrap().below(Path::new("fr/a.txt")).unwrap();
        assert_eq!((below.to_string().as_str(), below.is_folder()), ("s3://news/out/fr/a.txt", false));
        for text in [
            "s3://",
            "s3:///a",
            "news/a",
            "s3://news/a//b",
            "s3://news/../a",
            "s3://news/./a",
            "s3://news/a\n",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
