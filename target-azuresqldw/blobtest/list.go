package blobtest

import (
	"encoding/base64"
	"encoding/xml"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// listing is the body of the answers to List Blobs and List Containers (list-blobs, list-containers2).
type listing struct {
	XMLName    xml.Name           `xml:"EnumerationResults"`
	Endpoint   string             `xml:"ServiceEndpoint,attr"`
	Container  string             `xml:"ContainerName,attr,omitempty"`
	Prefix     string             `xml:",omitempty"`
	Marker     string             `xml:",omitempty"`
	MaxResults int                `xml:",omitempty"`
	Delimiter  string             `xml:",omitempty"`
	Containers *[]listedContainer `xml:"Containers>Container"`
	Blobs      *listedBlobs
	NextMarker string
}

type listedContainer struct {
	Name         string
	LastModified string `xml:"Properties>Last-Modified"`
	ETag         string `xml:"Properties>Etag"`
	LeaseStatus  string `xml:"Properties>LeaseStatus"`
	LeaseState   string `xml:"Properties>LeaseState"`
}

type listedBlobs struct {
	Blobs    []listedBlob   `xml:"Blob"`
	Prefixes []listedPrefix `xml:"BlobPrefix"`
}

type listedPrefix struct{ Name string }

type listedBlob struct {
	Name       string
	Properties blobProperties
	Metadata   *listedMetadata `xml:",omitempty"`
}

type blobProperties struct {
	Created         string `xml:"Creation-Time,omitempty"`
	LastModified    string `xml:"Last-Modified,omitempty"`
	ETag            string `xml:"Etag,omitempty"`
	Length          int    `xml:"Content-Length"`
	ContentType     string `xml:"Content-Type"`
	ContentEncoding string `xml:"Content-Encoding"`
	ContentLanguage string `xml:"Content-Language"`
	ContentMD5      string `xml:"Content-MD5,omitempty"`
	CacheControl    string `xml:"Cache-Control"`
	Disposition     string `xml:"Content-Disposition"`
	Type            string `xml:"BlobType"`
	Tier            string `xml:"AccessTier,omitempty"`
	LeaseStatus     string
	LeaseState      string
	Encrypted       string `xml:"ServerEncrypted"`
}

// listedMetadata has an element for each name.
type listedMetadata map[string]string

// MarshalXML writes the metadata in the order of their names.
func (m listedMetadata) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	if err := e.EncodeToken(start); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		element := xml.StartElement{Name: xml.Name{Local: strings.TrimPrefix(name, "x-ms-meta-")}}
		if err := e.EncodeElement(m[name], element); err != nil {
			return err
		}
	}
	return e.EncodeToken(start.End())
}

// A page is the part of a list that an answer has room for.
type page struct {
	prefix, delimiter string
	from              string // the first name that is wanted
	max               int
}

// page reads the parameters of a list (list-blobs). A marker is the name to go on with, made opaque.
func (c *call) page() (page, error) {
	p := page{prefix: c.query.Get("prefix"), delimiter: c.query.Get("delimiter"), max: maxListed}
	if text := c.query.Get("maxresults"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			return p, badParameter("maxresults", text)
		}
		if n < 1 {
			return p, refuse(400, "OutOfRangeQueryParameterValue", "maxresults %d", n)
		}
		p.max = min(n, maxListed)
	}
	raw, err := base64.URLEncoding.DecodeString(c.query.Get("marker"))
	if err != nil {
		return p, refuse(400, "OutOfRangeInput", "marker %q", c.query.Get("marker"))
	}
	p.from = string(raw)
	return p, nil
}

// each calls visit for the names of the page, or with common true for what several names have in common up to the
// delimiter, and returns the marker of the next page. names are sorted; visit tells whether it took up room.
func (p page) each(names []string, visit func(name string, common bool) bool) string {
	taken, last := 0, ""
	for _, name := range names {
		if name < p.from || !strings.HasPrefix(name, p.prefix) {
			continue
		}
		common := false
		if i := strings.Index(name[len(p.prefix):], p.delimiter); p.delimiter != "" && i >= 0 {
			name, common = name[:len(p.prefix)+i+len(p.delimiter)], true
		}
		if common && (name == last || name < p.from) {
			continue
		}
		if taken == p.max {
			return base64.URLEncoding.EncodeToString([]byte(name))
		}
		if visit(name, common) {
			taken++
			last = name
		}
	}
	return ""
}

// listBlobs lists blobs in the order of their names (list-blobs).
func (s *Server) listBlobs(c *call) (*answer, error) {
	p, err := c.page()
	if err != nil {
		return nil, err
	}
	include := strings.Split(c.query.Get("include"), ",")
	s.mu.Lock()
	defer s.mu.Unlock()
	cont := s.containers[c.container]
	if cont == nil {
		return nil, noContainer()
	}
	l := s.newListing(c)
	l.Container, l.Blobs = c.container, &listedBlobs{}
	l.NextMarker = p.each(cont.names(), func(name string, common bool) bool {
		b := cont.blob(name)
		switch {
		case common:
			l.Blobs.Prefixes = append(l.Blobs.Prefixes, listedPrefix{name})
			return true
		case b == nil && !slices.Contains(include, "uncommittedblobs"):
			return false
		case b == nil:
			b = &blob{header: map[string]string{}}
		}
		l.Blobs.Blobs = append(l.Blobs.Blobs, b.listed(name, slices.Contains(include, "metadata")))
		return true
	})
	a := &answer{status: http.StatusOK, header: map[string]string{}}
	a.xml(l)
	return a, nil
}

// listContainers lists the containers of the account (list-containers2).
func (s *Server) listContainers(c *call) (*answer, error) {
	p, err := c.page()
	if err != nil {
		return nil, err
	}
	p.delimiter = ""
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.newListing(c)
	l.Containers = &[]listedContainer{}
	l.NextMarker = p.each(slices.Sorted(maps.Keys(s.containers)), func(name string, _ bool) bool {
		cont := s.containers[name]
		*l.Containers = append(*l.Containers,
			listedContainer{name, httpTime(cont.created), strings.Trim(cont.etag, `"`), "unlocked", "available"})
		return true
	})
	a := &answer{status: http.StatusOK, header: map[string]string{}}
	a.xml(l)
	return a, nil
}

func (s *Server) newListing(c *call) *listing {
	l := &listing{
		Endpoint:  s.URL + "/",
		Prefix:    c.query.Get("prefix"),
		Marker:    c.query.Get("marker"),
		Delimiter: c.query.Get("delimiter"),
	}
	l.MaxResults, _ = strconv.Atoi(c.query.Get("maxresults")) // judged in page
	return l
}

// listed returns the entry of a blob. That of one with uncommitted blocks alone has no times and no ETag.
func (b *blob) listed(name string, withMetadata bool) listedBlob {
	l := listedBlob{Name: name, Properties: blobProperties{
		ETag:            strings.Trim(b.etag, `"`),
		Length:          len(b.content),
		ContentType:     b.header["Content-Type"],
		ContentEncoding: b.header["Content-Encoding"],
		ContentLanguage: b.header["Content-Language"],
		ContentMD5:      b.header["Content-MD5"],
		CacheControl:    b.header["Cache-Control"],
		Disposition:     b.header["Content-Disposition"],
		Type:            "BlockBlob",
		LeaseStatus:     "unlocked",
		LeaseState:      "available",
		Encrypted:       "true",
	}}
	if !b.modified.IsZero() {
		l.Properties.Created = httpTime(b.created)
		l.Properties.LastModified = httpTime(b.modified)
		l.Properties.Tier = "Hot"
	}
	if withMetadata {
		m := listedMetadata(b.metadata)
		l.Metadata = &m
	}
	return l
}
