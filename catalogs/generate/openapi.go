package main

import (
	"fmt"
	"io"
	"strings"

	"gopkg.in/yaml.v3"
)

// A description is the part of an OpenAPI 3.0 file that the generator reads: the named schemas.
type description map[string]*component

// A component is an OpenAPI schema. What the generator leaves behind is not decoded.
type component struct {
	Ref                  string       `yaml:"$ref"`
	Type                 string       `yaml:"type"`
	Format               string       `yaml:"format"`
	Properties           members      `yaml:"properties"`
	AdditionalProperties any          `yaml:"additionalProperties"`
	Items                *component   `yaml:"items"`
	AllOf                []*component `yaml:"allOf"`
	AnyOf                []*component `yaml:"anyOf"`
	OneOf                []*component `yaml:"oneOf"`
}

// members are the properties of a component in the order of the file.
type members []member

type member struct {
	name      string
	component *component
}

// UnmarshalYAML reads a mapping without losing its order.
func (m *members) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: properties are not a mapping", n.Line)
	}
	for i := 0; i < len(n.Content); i += 2 {
		var c component
		if err := n.Content[i+1].Decode(&c); err != nil {
			return err
		}
		*m = append(*m, member{n.Content[i].Value, &c})
	}
	return nil
}

func readDescription(r io.Reader) (description, error) {
	var file struct {
		Components struct {
			Schemas description `yaml:"schemas"`
		} `yaml:"components"`
	}
	if err := yaml.NewDecoder(r).Decode(&file); err != nil {
		return nil, err
	}
	if len(file.Components.Schemas) == 0 {
		return nil, fmt.Errorf("no components.schemas in it")
	}
	return file.Components.Schemas, nil
}

// add takes over what only more describes.
func (d description) add(more description) {
	for name, c := range more {
		if _, known := d[name]; !known {
			d[name] = c
		}
	}
}

// target returns the name of the schema that a $ref points to.
func (c *component) target() string {
	return strings.TrimPrefix(c.Ref, "#/components/schemas/")
}
