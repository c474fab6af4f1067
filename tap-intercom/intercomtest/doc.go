// Package intercomtest is an Intercom workspace in memory behind a real HTTP
// server: people, companies, conversations and tickets that were made up from
// a seed, served in the shapes, with the paging, the limits, the errors and
// the oddities of Intercom's REST API.
package intercomtest
