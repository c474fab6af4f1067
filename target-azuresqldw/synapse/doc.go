// Package synapse speaks to an Azure Synapse dedicated SQL pool (formerly
// Azure SQL Data Warehouse): names, types, every statement that is ever sent
// to the pool, and the connection that sends them.
//
// Statements are built by plain functions and methods that touch no network:
// [CreateTable], [CopyInto], [Merge], [Ledger] and so on return a [Statement],
// which prints with its secrets masked. A [Pool] sends them: it joins the
// statements of one step into one batch, because the pool charges about a second
// for each request, repeats what is safe to repeat, and turns the pool's errors into
// sentences that carry the way out.
//
// What the pool refuses is never built: no DDL in a transaction (111212), no
// VALUES with more than one row and none with expressions (104334), no IF NOT
// EXISTS in CREATE TABLE, no DROP TABLE IF EXISTS (103010), no name without its
// schema.
//
// An SQL schema is called a namespace here; "schema" alone is a JSON Schema in
// the rest of the program. This package knows nothing of Singer and nothing of
// how files reach the storage account.
package synapse
