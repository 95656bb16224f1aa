//! The store on disk: RocksDB, one column family a column.
//!
//! # What it relies on
//! A `WriteBatch` is atomic over all column families through the write-ahead log; a synced one brings
//! everything written before it to the disk. After the loss of power the log is replayed up to the
//! first record that is not whole (point-in-time recovery), so the latest unsynced commits may be
//! gone, in order, and nothing is torn.
//!
//! # Bounds
//! Memory: [`RocksOptions::cache_bytes`] for blocks, indexes and filters, and
//! [`RocksOptions::write_buffer_bytes`] for what is not yet in a table file. Values are not compressed:
//! hashed keys and hashes do not shrink. Log files of RocksDB itself: two, warnings only.

use super::{Batch, Column, Durability, Store, StoreError};
use crate::mutant::Standard;
use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamily, ColumnFamilyDescriptor, DB, DBRecoveryMode,
    DataBlockIndexType, Direction, Error, ErrorKind, IteratorMode, LogLevel, Options, WriteBatch,
    WriteOptions,
};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Version of the layout of rows. A database with another one is refused.
///
/// Column `history` came later without a new version: opening makes columns that are missing, and to a database
/// without archive it is empty. A program from before it refuses a database that has it.
pub const FORMAT_VERSION: u32 = 1;
/// Row of [`Column::Meta`] that holds the version, 4 bytes little-endian.
const FORMAT_KEY: &[u8] = b"format";

/// How a database is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RocksOptions {
    /// Make an empty database where there is none; otherwise that is [`RocksOpenError::Missing`].
    pub create: bool,
    /// Memory for blocks, indexes and filters of all columns, in bytes.
    pub cache_bytes: usize,
    /// Memory for rows that are not in a table file yet, all columns together, in bytes.
    pub write_buffer_bytes: usize,
}

impl Default for RocksOptions {
    fn default() -> Self {
        Self { create: true, cache_bytes: 16 << 20, write_buffer_bytes: 8 << 20 }
    }
}

/// Why a database does not open. Each kind asks for something else of the user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RocksOpenError {
    /// There is no database.
    #[error("there is no database in {}", .0.display())]
    Missing(PathBuf),
    /// Another process has it open.
    #[error("another process holds the database in {}: stop it, or choose another path", .0.display())]
    Held(PathBuf),
    /// Files are missing or do not hold what they should.
    #[error("the database is damaged ({0}): restore it or remove it and sync again")]
    Damaged(String),
    /// Written by another version.
    #[error("the database has format {found}, this program knows {FORMAT_VERSION}")]
    Format {
        /// The version it has.
        found: u32,
    },
    /// There is no space left.
    #[error("the disk is full")]
    Full,
    /// Any other refusal of the disk.
    #[error("the database cannot be opened: {0}")]
    Io(String),
}

/// Rows on disk.
#[derive(Debug)]
pub struct RocksStore {
    db: DB,
    failure: OnceLock<StoreError>,
}

impl RocksStore {
    /// Opens the database in the directory `path`, or makes one, with the default options.
    ///
    /// # Errors
    /// [`RocksOpenError`].
    pub fn open(path: &Path) -> Result<Self, RocksOpenError> {
        Self::open_with(path, RocksOptions::default())
    }

    /// Opens the database in the directory `path`.
    ///
    /// # Errors
    /// [`RocksOpenError`].
    pub fn open_with(path: &Path, options: RocksOptions) -> Result<Self, RocksOpenError> {
        // RocksDB names its newest manifest in CURRENT; without it there is no database.
        let exists = path.join("CURRENT").is_file();
        if !exists && !options.create {
            return Err(RocksOpenError::Missing(path.to_owned()));
        }
        if !exists {
            refuse_remains(path)?;
        }
        let columns = column_options(options);
        let families =
            Column::ALL.map(|column| ColumnFamilyDescriptor::new(name(column), columns.clone()));
        let db = DB::open_cf_descriptors(&database_options(options), path, families)
            .map_err(|error| open_error(path, &error))?;
        let store = Self { db, failure: OnceLock::new() };
        store.check_format(exists)
    }

    /// Writes the format version of a new database, checks that of an old one.
    fn check_format(mut self, existed: bool) -> Result<Self, RocksOpenError> {
        match self.get(Column::Meta, FORMAT_KEY) {
            None if !existed || self.is_empty() => {
                let mut batch = Batch::default();
                batch.put(Column::Meta, FORMAT_KEY, FORMAT_VERSION.to_le_bytes());
                self.commit(batch, Durability::Synced)?;
                Ok(self)
            }
            None => match self.failure() {
                Some(error) => Err(error.into()),
                None => Err(RocksOpenError::Damaged("the format version is missing".into())),
            },
            Some(row) => match <[u8; 4]>::try_from(row.as_slice()).map(u32::from_le_bytes) {
                Ok(FORMAT_VERSION) => Ok(self),
                Ok(found) => Err(RocksOpenError::Format { found }),
                Err(_) => Err(RocksOpenError::Damaged("the format version is unreadable".into())),
            },
        }
    }

    /// True without any row: a database whose making was interrupted.
    fn is_empty(&self) -> bool {
        Column::ALL.iter().all(|column| self.scan(*column, &[], 1).is_empty())
            && self.failure().is_none()
    }

    fn family(&self, column: Column) -> Option<&ColumnFamily> {
        let family = self.db.cf_handle(name(column));
        if family.is_none() {
            self.remember(StoreError::Io(format!("column {} is missing", name(column))));
        }
        family
    }

    /// Keeps the first failure; later ones follow from it.
    fn remember(&self, error: StoreError) {
        self.failure.get_or_init(|| error);
    }

    fn read<T>(&self, result: Result<T, Error>) -> Option<T> {
        result.map_err(|error| self.remember(store_error(&error))).ok()
    }
}

impl Store for RocksStore {
    type Mutant = Standard;

    fn mutant(&self) -> Standard {
        Standard
    }

    fn get(&self, column: Column, key: &[u8]) -> Option<Vec<u8>> {
        self.read(self.db.get_cf(self.family(column)?, key)).flatten()
    }

    fn get_many(&self, column: Column, keys: &[&[u8]]) -> Vec<Option<Vec<u8>>> {
        let Some(family) = self.family(column) else { return vec![None; keys.len()] };
        let sorted = keys.is_sorted();
        let found = self.db.batched_multi_get_cf(family, keys.iter().copied(), sorted);
        found.into_iter().map(|row| self.read(row).flatten().map(|row| row.to_vec())).collect()
    }

    fn scan(&self, column: Column, from: &[u8], limit: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
        let Some(family) = self.family(column) else { return Vec::new() };
        let rows = self.db.iterator_cf(family, IteratorMode::From(from, Direction::Forward));
        let rows = rows.take(limit).map_while(|row| self.read(row));
        rows.map(|(key, value)| (key.into_vec(), value.into_vec())).collect()
    }

    fn commit(&mut self, batch: Batch, durability: Durability) -> Result<(), StoreError> {
        if let Some(error) = self.failure() {
            return Err(error);
        }
        let mut rows = WriteBatch::default();
        for (column, key, value) in batch.rows {
            let Some(family) = self.family(column) else { break };
            match value {
                Some(value) => rows.put_cf(family, key, value),
                None => rows.delete_cf(family, key),
            }
        }
        if let Some(error) = self.failure() {
            return Err(error);
        }
        let mut options = WriteOptions::default();
        options.set_sync(durability == Durability::Synced);
        self.db.write_opt(rows, &options).map_err(|error| {
            let error = store_error(&error);
            self.remember(error.clone());
            error
        })
    }

    fn failure(&self) -> Option<StoreError> {
        self.failure.get().cloned()
    }
}

impl From<StoreError> for RocksOpenError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full => Self::Full,
            StoreError::Io(text) => Self::Io(text),
        }
    }
}

const fn name(column: Column) -> &'static str {
    match column {
        Column::Account => "account",
        Column::Page => "page",
        Column::Undo => "undo",
        Column::Block => "block",
        Column::Meta => "meta",
        Column::History => "history",
    }
}

/// A directory with table files or logs but without CURRENT is a database that lost it.
fn refuse_remains(path: &Path) -> Result<(), RocksOpenError> {
    let Ok(entries) = std::fs::read_dir(path) else { return Ok(()) };
    for entry in entries.flatten() {
        let file = entry.file_name();
        if Path::new(&file).extension().is_some_and(|end| end == "sst") {
            return Err(RocksOpenError::Damaged("its file CURRENT is missing".into()));
        }
    }
    Ok(())
}

fn database_options(options: RocksOptions) -> Options {
    let mut database = Options::default();
    database.create_if_missing(options.create);
    database.create_missing_column_families(true);
    database.set_paranoid_checks(true);
    database.set_wal_recovery_mode(DBRecoveryMode::PointInTime);
    database.set_db_write_buffer_size(options.write_buffer_bytes);
    // Columns that rarely change keep old logs alive until they are flushed.
    let wal_bytes = u64::try_from(options.write_buffer_bytes).unwrap_or(u64::MAX);
    database.set_max_total_wal_size(wal_bytes.saturating_mul(4));
    database.set_max_open_files(256);
    database.set_max_background_jobs(2);
    database.set_keep_log_file_num(2);
    database.set_log_level(LogLevel::Warn);
    database
}

fn column_options(options: RocksOptions) -> Options {
    let cache = Cache::new_lru_cache(options.cache_bytes);
    let mut blocks = BlockBasedOptions::default();
    blocks.set_block_cache(&cache);
    blocks.set_cache_index_and_filter_blocks(true);
    blocks.set_pin_l0_filter_and_index_blocks_in_cache(true);
    blocks.set_bloom_filter(10.0, false);
    blocks.set_data_block_index_type(DataBlockIndexType::BinaryAndHash);
    let mut column = Options::default();
    column.set_block_based_table_factory(&blocks);
    column.set_write_buffer_size(options.write_buffer_bytes);
    column
}

fn open_error(path: &Path, error: &Error) -> RocksOpenError {
    let text = error.to_string();
    if is_full(&text) {
        return RocksOpenError::Full;
    }
    let held = text.contains("lock") && text.contains("LOCK");
    if held && error.kind() == ErrorKind::IOError {
        return RocksOpenError::Held(path.to_owned());
    }
    let damaged = matches!(error.kind(), ErrorKind::Corruption | ErrorKind::InvalidArgument);
    // A file that the manifest names and the directory lacks comes back as an I/O error.
    if damaged || text.contains("No such file") {
        return RocksOpenError::Damaged(text);
    }
    RocksOpenError::Io(text)
}

fn store_error(error: &Error) -> StoreError {
    let text = error.to_string();
    if is_full(&text) { StoreError::Full } else { StoreError::Io(text) }
}

/// RocksDB passes ENOSPC, EDQUOT and its own space limit on as text only.
fn is_full(text: &str) -> bool {
    ["No space left", "NoSpace", "Space limit reached", "quota exceeded"]
        .iter()
        .any(|sign| text.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::is_full;

    #[test]
    fn a_full_disk_is_told_by_the_texts_that_rocksdb_has_for_it() {
        for (text, full) in [
            ("IO error: No space left on device: While appending to file: /x/1.log", true),
            ("IO error: NoSpace: Max allowed space was reached", true),
            ("IO error: While fsync: /x/1.log: Input/output error", false),
            ("Corruption: block checksum mismatch", false),
        ] {
            assert_eq!(is_full(text), full, "{text}");
        }
    }
}
