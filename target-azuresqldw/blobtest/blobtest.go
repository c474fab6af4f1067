// Package blobtest is enough of Azure Blob Storage over HTTP for azblob v1.8.0 and for a COPY INTO that fetches
// blobs: one account with block blobs in memory, on a loopback port.
//
// It checks what Azure checks: the SharedKey signature and the account or service SAS of each request, conditional
// headers, the rules of blocks and block lists, Content-MD5 and x-ms-content-crc64, names and sizes. Refusals carry
// Azure's status, x-ms-error-code and XML body. Each rule names the page of Azure's documentation that it is from,
// as a last path element below https://learn.microsoft.com/rest/api/storageservices/. The tests of the package
// are scripts that Azurite passes as well (AZURITE_BLOB_ENDPOINT; see .ci/azurite).
//
// A test has a hand on it: Server.Put, Get, Delete and Names see and change the contents directly, Requests tells
// what was asked, and Fail makes requests fail, hang, or lose their connection before or after their work is done.
//
// What it does not do, and answers 501 to where it is asked: append and page blobs, snapshots, versions, leases, tiers,
// tags, copies and uploads from a URL, changing headers or metadata after the upload, batches, undelete, service
// properties. A SAS with a stored access policy, a user delegation SAS, one of a directory or of a version before
// 2018-11-09, SharedKeyLite and bearer tokens are refused like a wrong signature (403).
//
// What it does otherwise than Azure: it ignores encryption scopes and keys, the timeout parameter and CORS; it takes every
// well-formed x-ms-version and answers all of them alike; a deleted container can be created again at once, where Azure
// refuses for half a minute; names of metadata lose their case; uncommitted blocks stay until they are committed or
// overwritten, where Azure drops them after a week; nothing is slow unless a test asks for it, and there is no limit on
// the rate or the size of an account, which is in memory. Only the name of the host or the first part of the path tells the
// account, and https is left to whoever stands in front.
package blobtest

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// The account of a Server whose Options name none.
const (
	DefaultAccount = "blobtest"
	DefaultKey     = "YmxvYnRlc3QgaXMgbm90IGEgc2VjcmV0IGFuZCBoYXMgYSBrZXkgb2YgNjQgYnl0ZXMgYXMgQXp1cmUncyBhcmU="
)

// Options say what a Server is like. The zero value is usable.
type Options struct {
	Listen     string           // address to listen on; "127.0.0.1:0" when empty
	Account    string           // name of the account; DefaultAccount when empty
	Key        string           // its key in base64; DefaultKey when empty
	Containers []string         // containers that exist from the start
	Now        func() time.Time // the clock that dates blobs and judges SAS and request dates; time.Now when nil
	Log        *slog.Logger     // one Debug line for each request; nothing when nil
}

// A Server is a storage account with a blob endpoint. Its methods may be called at any time, also while requests
// are served.
type Server struct {
	URL     string // of the account, without a slash at the end: http://127.0.0.1:41234/blobtest
	Account string
	Key     string // in base64, as the portal shows it

	key     []byte
	now     func() time.Time
	log     *slog.Logger
	http    *http.Server
	closing chan struct{} // closed by Close
	done    chan struct{} // closed when http has stopped serving

	mu         sync.Mutex
	containers map[string]*container
	faults     []*Fault
	requests   []Request
	serial     int64 // of ETags and request ids
}

// New starts a Server that stops when the test ends.
func New(tb testing.TB, o Options) *Server {
	tb.Helper()
	s, err := Start(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close blob storage: %v", err)
		}
	})
	return s
}

// Start starts a Server, which the caller closes.
func Start(o Options) (*Server, error) {
	o = o.withDefaults()
	key, err := base64.StdEncoding.DecodeString(o.Key)
	if err != nil {
		return nil, fmt.Errorf("key of storage account %s: %w", o.Account, err)
	}
	s := &Server{
		Account:    o.Account,
		Key:        o.Key,
		key:        key,
		now:        o.Now,
		log:        o.Log,
		closing:    make(chan struct{}),
		done:       make(chan struct{}),
		containers: map[string]*container{},
	}
	for _, name := range o.Containers {
		if err := checkContainerName(name); err != nil {
			return nil, fmt.Errorf("create container %q: %w", name, err)
		}
		s.CreateContainer(name)
	}
	var config net.ListenConfig
	l, err := config.Listen(context.Background(), "tcp", o.Listen)
	if err != nil {
		return nil, err
	}
	s.URL = "http://" + l.Addr().String() + "/" + s.Account
	s.http = &http.Server{Handler: s, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug)}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(l) // ErrServerClosed, or the listener broke and clients see it
	}()
	return s, nil
}

func (o Options) withDefaults() Options {
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.Account == "" {
		o.Account = DefaultAccount
	}
	if o.Key == "" {
		o.Key = DefaultKey
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Close ends the server and its connections, also those of requests under way. It may be called once.
func (s *Server) Close() error {
	close(s.closing)
	err := s.http.Close()
	<-s.done
	return err
}

// BlobURL returns the address of a blob, or of a container when blob is "".
func (s *Server) BlobURL(container, blob string) string {
	u := s.URL + "/" + container
	if blob != "" {
		u += "/" + escapePath(blob)
	}
	return u
}

// CreateContainer creates a container unless it exists.
func (s *Server) CreateContainer(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.containers[name] == nil {
		s.containers[name] = s.newContainer()
	}
}

// Put writes a blob as Put Blob does, into a container that it creates if need be.
func (s *Server) Put(container, name string, content []byte) {
	s.CreateContainer(container)
	s.mu.Lock()
	defer s.mu.Unlock()
	b := &blob{content: append([]byte(nil), content...)}
	b.header = map[string]string{"Content-Type": defaultContentType}
	s.stamp(b)
	s.containers[container].commit(name, b)
}

// Get returns the content of a committed blob, which the caller must not change, and whether there is one.
func (s *Server) Get(container, name string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.containers[container].blob(name)
	if b == nil {
		return nil, false
	}
	return b.content, true
}

// Delete removes a blob and its uncommitted blocks, and tells whether there was one.
func (s *Server) Delete(container, name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.containers[container]
	if c.blob(name) == nil {
		return false
	}
	c.delete(name)
	return true
}

// Names returns the names of the committed blobs that begin with prefix, in order.
func (s *Server) Names(container, prefix string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for _, name := range s.containers[container].names() {
		if strings.HasPrefix(name, prefix) && s.containers[container].blob(name) != nil {
			names = append(names, name)
		}
	}
	return names
}

// Uncommitted returns how many blocks of a blob wait to be committed.
func (s *Server) Uncommitted(container, name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.containers[container]
	if c == nil {
		return 0
	}
	return len(c.staged[name])
}
