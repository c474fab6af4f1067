// Package stage takes rows on their way to the warehouse: as CSV the way COPY
// INTO reads it, through gzip, into blobs of one container.
//
// The Append functions write one field each. A [File] compresses what is
// written to it and uploads it in blocks meanwhile, within the memory its
// [Container] allows for all files together; a small one goes up in one piece
// when it is committed. Names are written once: a blob that exists is never
// replaced. [Parts] is one table's rows in as many files as their size asks
// for, since the pool reads files in parallel and cannot split a gzip.
//
// The package knows nothing of tables, of records or of the pool's statements.
package stage
