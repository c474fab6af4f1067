package singer

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Catalog lists the streams of a tap, as discovery prints it and as it comes
// back with a selection made by the user.
type Catalog struct {
	Streams []*CatalogEntry `json:"streams"`
}

// CatalogEntry is one stream of a catalog.
type CatalogEntry struct {
	Stream      string         `json:"stream"`
	TapStreamID string         `json:"tap_stream_id"`
	TableName   string         `json:"table_name,omitzero"`
	Schema      jsontext.Value `json:"schema"`
	Metadata    []Metadata     `json:"metadata"`

	KeyProperties     []string `json:"key_properties,omitzero"`
	ReplicationKey    string   `json:"replication_key,omitzero"`
	ReplicationMethod string   `json:"replication_method,omitzero"`
	IsView            *bool    `json:"is_view,omitzero"`
	DatabaseName      string   `json:"database_name,omitzero"`
	RowCount          *int64   `json:"row_count,omitzero"`
	StreamAlias       string   `json:"stream_alias,omitzero"`
}

// ParseCatalog reads a catalog, or the properties file that came before it.
// Every stream must have a tap_stream_id (or a stream, which then is it) that
// no other has.
func ParseCatalog(raw []byte) (*Catalog, error) {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if isBlank(raw) {
		return nil, fmt.Errorf("parse catalog: %w", ErrBlank)
	}
	var members map[string]jsontext.Value
	if k := jsontext.Value(raw).Kind(); k != jsontext.KindBeginObject && k != jsontext.KindInvalid {
		return nil, fmt.Errorf("parse catalog: expected object with a list of streams, got %s", kindName(k))
	}
	if err := json.Unmarshal(raw, &members, lax); err != nil {
		return nil, fmt.Errorf("parse catalog: %w", err)
	}
	if members["streams"].Kind() != jsontext.KindBeginArray {
		return nil, errors.New("parse catalog: no list of streams in it")
	}
	c := new(Catalog)
	if err := json.Unmarshal(raw, c, lax); err != nil {
		return nil, fmt.Errorf("parse catalog: %w", err)
	}
	seen := make(map[string]bool)
	for i, e := range c.Streams {
		if e == nil {
			return nil, fmt.Errorf("parse catalog: stream %d is null", i+1)
		}
		if e.TapStreamID == "" {
			e.TapStreamID = e.Stream
		}
		if e.Stream == "" {
			e.Stream = e.TapStreamID
		}
		if e.TapStreamID == "" {
			return nil, fmt.Errorf("parse catalog: stream %d has no tap_stream_id", i+1)
		}
		if seen[e.TapStreamID] {
			return nil, fmt.Errorf("parse catalog: stream %q is there twice", e.TapStreamID)
		}
		seen[e.TapStreamID] = true
	}
	return c, nil
}

// Entry returns the entry of a tap_stream_id, nil when there is none.
func (c *Catalog) Entry(tapStreamID string) *CatalogEntry {
	for _, e := range c.Streams {
		if e.TapStreamID == tapStreamID {
			return e
		}
	}
	return nil
}

// SelectedStreams returns the selected streams in the order of the catalog,
// rotated so that the one an interrupted run was at comes first. The state
// may be nil.
func (c *Catalog) SelectedStreams(s *State) []*CatalogEntry {
	var selected []*CatalogEntry
	for _, e := range c.Streams {
		if e.Selected() {
			selected = append(selected, e)
		}
	}
	if s == nil || s.CurrentlySyncing() == "" {
		return selected
	}
	at := slices.IndexFunc(selected, func(e *CatalogEntry) bool { return e.TapStreamID == s.CurrentlySyncing() })
	if at <= 0 {
		return selected
	}
	return slices.Concat(selected[at:], selected[:at])
}

// Marshal gives the catalog as discovery prints it: indented, in a fixed order.
func (c *Catalog) Marshal() ([]byte, error) {
	b, err := json.Marshal(c, json.Deterministic(true), json.FormatNilSliceAsNull(false), jsontext.WithIndent("  "))
	if err != nil {
		return nil, fmt.Errorf("marshal catalog: %w", err)
	}
	return append(b, '\n'), nil
}

// Find returns the metadata at a breadcrumb, nil when there is none.
func (e *CatalogEntry) Find(breadcrumb ...string) *Properties {
	for i := range e.Metadata {
		if slices.Equal(e.Metadata[i].Breadcrumb, breadcrumb) {
			return &e.Metadata[i].Properties
		}
	}
	return nil
}

// At returns the metadata at a breadcrumb and makes it when there is none.
// The pointer is valid until the next one is made.
func (e *CatalogEntry) At(breadcrumb ...string) *Properties {
	if p := e.Find(breadcrumb...); p != nil {
		return p
	}
	e.Metadata = append(e.Metadata, Metadata{Breadcrumb: slices.Clone(breadcrumb)})
	return &e.Metadata[len(e.Metadata)-1].Properties
}

// Selected reports whether the stream is to be read. What the user said in
// the metadata counts; then the "selected" within the schema or the entry's
// key-value predecessor, as properties files had it; then what the tap said
// with selected-by-default.
func (e *CatalogEntry) Selected() bool {
	p := e.Find()
	if p != nil && p.Inclusion == Unsupported {
		return false
	}
	if p != nil && p.Selected != nil {
		return bool(*p.Selected)
	}
	if legacy := legacySelected(e.Schema); legacy != nil {
		return bool(*legacy)
	}
	if p != nil && p.SelectedByDefault != nil {
		return bool(*p.SelectedByDefault)
	}
	return p != nil && p.Inclusion == Automatic
}

// legacySelected reads "selected" from within a schema.
func legacySelected(schema jsontext.Value) *Bool {
	var s struct {
		Selected *Bool `json:"selected"`
	}
	if schema.Kind() != jsontext.KindBeginObject || json.Unmarshal(schema, &s, lax) != nil {
		return nil
	}
	return s.Selected
}

// Metadata is what a catalog says about a stream or one of its fields.
type Metadata struct {
	// Breadcrumb is empty for the stream, ["properties","a"] for a field,
	// ["properties","a","properties","b"] for a nested one.
	Breadcrumb []string `json:"breadcrumb"`
	Properties `json:"metadata"`
}

// Properties are the members of metadata that Singer knows. What a member
// means, and who writes it, is said where singer-io documents discovery mode.
type Properties struct {
	Inclusion         Inclusion `json:"inclusion,omitzero"`           // tap
	Selected          *Bool     `json:"selected,omitzero"`            // user
	SelectedByDefault *Bool     `json:"selected-by-default,omitzero"` // tap

	ValidReplicationKeys    []string `json:"valid-replication-keys,omitzero"`    // tap
	ForcedReplicationMethod string   `json:"forced-replication-method,omitzero"` // tap
	TableKeyProperties      []string `json:"table-key-properties,omitzero"`      // tap
	ParentTapStreamID       string   `json:"parent-tap-stream-id,omitzero"`      // tap

	ReplicationMethod string   `json:"replication-method,omitzero"`  // user
	ReplicationKey    string   `json:"replication-key,omitzero"`     // user
	ViewKeyProperties []string `json:"view-key-properties,omitzero"` // user

	SchemaName   string `json:"schema-name,omitzero"`
	DatabaseName string `json:"database-name,omitzero"`
	IsView       *bool  `json:"is-view,omitzero"`
	RowCount     *int64 `json:"row-count,omitzero"`
	SQLDatatype  string `json:"sql-datatype,omitzero"`

	Others jsontext.Value `json:",embed"` // members Singer does not know, kept
}

// Inclusion says whether a field can be chosen.
type Inclusion string

// The values of Inclusion.
const (
	Available   Inclusion = "available"
	Automatic   Inclusion = "automatic"   // always sent, whatever is selected
	Unsupported Inclusion = "unsupported" // never sent
)

// Bool is a boolean that may be written as a string: "true" is what an example
// of the Singer documentation has, and users copied it.
type Bool bool

// NewBool returns a pointer to b, for the optional members of [Properties].
func NewBool(b bool) *Bool { return (*Bool)(&b) }

// UnmarshalJSON takes true, false, "true" and "false".
func (b *Bool) UnmarshalJSON(raw []byte) error {
	switch strings.ToLower(strings.Trim(string(raw), `"`)) {
	case "true":
		*b = true
	case "false":
		*b = false
	default:
		return fmt.Errorf("expected true or false, got %s", raw)
	}
	return nil
}
