package singer

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/santhosh-tekuri/jsonschema/v5"
)

// A Validator judges the records of a stream by its schema.
//
// The verdict is that of github.com/santhosh-tekuri/jsonschema/v5, with draft 7
// where the schema names no other, and without its opinion of formats: no
// format refuses a record, under no draft. Most records never get there: the
// compiled schema is first tried over the tokens of the record, and what that
// finds to be valid is valid for jsonschema too (a differential fuzz test
// watches over it). Everything else, and every keyword the short way does not
// know, is left to the judge, who also says what is wrong.
//
// Schemas are taken as taps send them. Keywords with a value that JSON Schema
// does not allow ("type": "date-time") say nothing, rather than make the
// stream unloadable. Numbers with an exponent beyond ±400, on which jsonschema
// v5 would panic or spend seconds, are judged as if it were about 400.
//
// A Validator may be used from several goroutines.
type Validator struct {
	judge *jsonschema.Schema
	fast  *node // nil when the judge has to do it all
	pool  sync.Pool
}

// schemaURL is what the schema is called towards jsonschema; it is never opened.
const schemaURL = "singer:///schema.json"

// NewValidator compiles a schema. Its error says what makes the schema
// impossible to compile: no JSON, or a $ref that leads nowhere or outside.
func NewValidator(schema jsontext.Value) (*Validator, error) {
	doc, err := decodeAny(schema, false)
	if err != nil {
		return nil, fmt.Errorf("compile schema: %w", err)
	}
	var judge *jsonschema.Schema
	if !hasHugeNumber(doc) {
		judge, err = compileJudge(doc)
	}
	if judge == nil {
		judge, err = compileJudge(sanitize(doc))
	}
	if err != nil {
		return nil, fmt.Errorf("compile schema: %w", err)
	}
	forgive(judge)
	v := &Validator{judge: judge, fast: compileNodes(judge)}
	v.pool.New = func() any { return new(walker) }
	return v, nil
}

// compileJudge compiles a schema with jsonschema, without leave to open files.
func compileJudge(doc any) (s *jsonschema.Schema, err error) {
	defer func() {
		if r := recover(); r != nil { // it panics on some schemas its meta-schema lets pass
			s, err = nil, fmt.Errorf("jsonschema: %v", r)
		}
	}()
	raw, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft7
	describeOnly(c)
	c.LoadURL = func(url string) (io.ReadCloser, error) {
		return nil, fmt.Errorf("$ref %q leads out of the schema; only #/… is followed", url)
	}
	if err := c.AddResource(schemaURL, bytes.NewReader(raw)); err != nil {
		return nil, err
	}
	s, err = c.Compile(schemaURL)
	if e, ok := errors.AsType[*jsonschema.SchemaError](err); ok {
		err = e.Err
	}
	return s, err
}

// Validate judges a record. Its error is an [*InputError] that names the first
// field found wrong, as a JSON pointer; line and stream are the caller's to add.
func (v *Validator) Validate(record jsontext.Value) error {
	if v.fast != nil {
		w := v.pool.Get().(*walker)
		verdict := w.record(v.fast, record)
		v.pool.Put(w)
		if verdict == valid {
			return nil
		}
	}
	return v.ask(record)
}

// ask lets jsonschema decide.
func (v *Validator) ask(record jsontext.Value) (err error) {
	doc, err := decodeAny(record, true)
	if err != nil {
		return &InputError{Err: fmt.Errorf("invalid JSON: %w", err)}
	}
	defer func() {
		if r := recover(); r != nil {
			err = &InputError{Err: fmt.Errorf("jsonschema: %v", r)}
		}
	}()
	if err := v.judge.Validate(doc); err != nil {
		return explain(err)
	}
	return nil
}

// decodeAny decodes a value for jsonschema: objects as maps in which the last
// of two equal names stays, numbers as their text. With clamp, exponents are
// brought down to what big.Rat bears.
func decodeAny(v jsontext.Value, clamp bool) (any, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(v), lax)
	doc, err := readAny(dec, clamp)
	if err == nil {
		if _, err = dec.ReadToken(); err == nil {
			return nil, errors.New("more than one value")
		}
		if errors.Is(err, io.EOF) {
			return doc, nil
		}
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return nil, err
}

func readAny(dec *jsontext.Decoder, clamp bool) (any, error) {
	switch kind := dec.PeekKind(); kind {
	case jsontext.KindBeginObject:
		return readObject(dec, clamp)
	case jsontext.KindBeginArray:
		list := []any{}
		if _, err := dec.ReadToken(); err != nil {
			return nil, err
		}
		for dec.PeekKind() != jsontext.KindEndArray {
			e, err := readAny(dec, clamp)
			if err != nil {
				return nil, err
			}
			list = append(list, e)
		}
		_, err := dec.ReadToken()
		return list, err
	default:
		v, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		switch kind {
		case jsontext.KindString:
			return textOf(v)
		case jsontext.KindNumber:
			if clamp {
				v = clampExponent(v)
			}
			return json.Number(v), nil
		case jsontext.KindNull:
			return nil, nil
		}
		return kind == jsontext.KindTrue, nil
	}
}

func readObject(dec *jsontext.Decoder, clamp bool) (any, error) {
	object := make(map[string]any)
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	for dec.PeekKind() != jsontext.KindEndObject {
		quoted, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		name, err := textOf(quoted)
		if err != nil {
			return nil, err
		}
		if object[name], err = readAny(dec, clamp); err != nil {
			return nil, err
		}
	}
	_, err := dec.ReadToken()
	return object, err
}
