package blobtest

import (
	"net/http"
	"net/url"
	"strings"
)

// An Operation is a request that the server understands, by the name that Azure's logs give it
// (storage-analytics-logged-operations-and-status-messages).
type Operation string

// The operations. Unknown stands for every other request.
const (
	Unknown                Operation = ""
	ListContainers         Operation = "ListContainers"
	CreateContainer        Operation = "CreateContainer"
	GetContainerProperties Operation = "GetContainerProperties"
	DeleteContainer        Operation = "DeleteContainer"
	ListBlobs              Operation = "ListBlobs"
	PutBlob                Operation = "PutBlob"
	PutBlock               Operation = "PutBlock"
	PutBlockList           Operation = "PutBlockList"
	GetBlockList           Operation = "GetBlockList"
	GetBlob                Operation = "GetBlob"
	GetBlobProperties      Operation = "GetBlobProperties"
	DeleteBlob             Operation = "DeleteBlob"
)

// An operation says how an Operation is asked for, what a SAS must grant for it, and who does it.
type operation struct {
	name    Operation
	methods string // one or two, separated by a blank
	level   level
	restype string
	comp    string
	service string // permissions of a service SAS, one of which is needed; "": no service SAS will do (create-service-sas)
	account string // permissions of an account SAS, one of which is needed (create-account-sas)
	do      func(*Server, *call) (*answer, error)
}

// A level is what an operation is about, by the letter that an account SAS has for it.
type level string

const (
	ofService   level = "s"
	ofContainer level = "c"
	ofObject    level = "o"
)

var operations = []operation{
	{ListContainers, "GET", ofService, "", "list", "", "l", (*Server).listContainers},
	{CreateContainer, "PUT", ofContainer, "container", "", "", "cw", (*Server).createContainer},
	{GetContainerProperties, "GET HEAD", ofContainer, "container", "", "", "r", (*Server).getContainerProperties},
	{DeleteContainer, "DELETE", ofContainer, "container", "", "", "d", (*Server).deleteContainer},
	{ListBlobs, "GET", ofContainer, "container", "list", "l", "l", (*Server).listBlobs},
	{PutBlob, "PUT", ofObject, "", "", "cw", "cw", (*Server).putBlob},
	{PutBlock, "PUT", ofObject, "", "block", "w", "w", (*Server).putBlock},
	{PutBlockList, "PUT", ofObject, "", "blocklist", "w", "w", (*Server).putBlockList},
	{GetBlockList, "GET", ofObject, "", "blocklist", "r", "r", (*Server).getBlockList},
	{GetBlob, "GET", ofObject, "", "", "r", "r", (*Server).getBlob},
	{GetBlobProperties, "HEAD", ofObject, "", "", "r", "r", (*Server).getBlob},
	{DeleteBlob, "DELETE", ofObject, "", "", "d", "d", (*Server).deleteBlob},
}

// A call is a request on its way through the server.
type call struct {
	op        operation
	request   *http.Request
	query     url.Values
	account   string // as addressed
	container string
	blob      string
	body      []byte
	auth      string // how it proved itself: "SharedKey", "service SAS" or "account SAS"
}

// header returns a header of the request.
func (c *call) header(name string) string { return c.request.Header.Get(name) }

// parse tells what a request is about. The account is the first part of the path, as in Azurite, or of the host
// name, as in Azure (naming-and-referencing-containers--blobs--and-metadata).
func (s *Server) parse(r *http.Request) *call {
	c := &call{request: r, query: r.URL.Query()}
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/")
	if host, _, ok := strings.Cut(r.Host, "."); ok && host == s.Account {
		c.account = host
	} else {
		c.account, path, _ = strings.Cut(path, "/")
	}
	escapedContainer, escapedBlob, _ := strings.Cut(path, "/")
	c.container, _ = url.PathUnescape(escapedContainer) // what does not unescape was refused by net/http
	c.blob, _ = url.PathUnescape(escapedBlob)

	at := ofObject
	switch {
	case c.container == "":
		at = ofService
	case c.blob == "":
		at = ofContainer
	}
	for _, op := range operations {
		if at == op.level && c.query.Get("restype") == op.restype && c.query.Get("comp") == op.comp &&
			strings.Contains(" "+op.methods+" ", " "+r.Method+" ") && !c.has("snapshot", "versionid") {
			c.op = op
			return c
		}
	}
	c.op = operation{level: at}
	return c
}

// has tells whether the request has one of these parameters.
func (c *call) has(names ...string) bool {
	for _, name := range names {
		if c.query.Has(name) {
			return true
		}
	}
	return false
}

// escapePath escapes a blob's name for a URL, leaving its slashes.
func escapePath(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.Join(parts, "/")
}
