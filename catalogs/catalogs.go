// Package catalogs holds one JSON Schema for every stream that tap-intercom can read.
//
// The schemas are generated from Intercom's OpenAPI descriptions, of version 2.16 and of the Preview, by
//
//	go run ./catalogs/generate -openapi FILE -openapi FILE
//
// and are reviewed and committed, so that building and testing need neither the description nor the network.
// They describe records as the tap writes them, not as the API sends them:
//
//   - every property may be null, and so may every item of an array, because the API's own examples break its
//     declared types (docs of the generator name the cases);
//   - every id, *_id and *_ids[] is a string, whether the API sends a number or a string;
//   - every point in time is a string of format date-time, every day one of format date;
//   - maps with free keys, such as custom_attributes, are objects with additionalProperties true;
//   - the last property, _extra, is an object that takes the fields which the API returned and the schema does
//     not know;
//   - a record that belongs to a parent begins with the parent's id and, where the parent has one, the
//     parent's updated_at.
//
// Which streams are selected, how they are replicated and what their keys are is left to the tap.
package catalogs

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// FS holds the schemas, one file <stream>.json for each stream.
//
//go:embed *.json
var FS embed.FS

// Schema returns the JSON Schema of stream. The error of a stream that does not exist is fs.ErrNotExist.
func Schema(stream string) (json.RawMessage, error) {
	raw, err := FS.ReadFile(stream + ".json")
	if err != nil {
		return nil, fmt.Errorf("read schema of stream %q: %w", stream, err)
	}
	return raw, nil
}

// Names returns the names of all streams in alphabetical order.
func Names() []string {
	entries, err := FS.ReadDir(".")
	if err != nil {
		panic("catalogs: " + err.Error()) // the embedded root always exists
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".json"))
	}
	slices.Sort(names)
	return names
}
