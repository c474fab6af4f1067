package program

import (
	"fmt"
	"reflect"
	"strings"

	"intercomdw/singer/secret"
)

// Setting is what the tags of a field of the configuration say.
type Setting struct {
	Name     string   // json
	Type     string   // string, integer, number, boolean, array or object: from the field's type
	Doc      string   // doc
	Default  string   // default
	Required bool     // required:"true"
	Secret   bool     // the field is a secret.String
	Enum     []string // enum, separated by commas
	Format   string   // format, as in JSON Schema; date-time is checked
	Min, Max string   // min, max: of a number
	Unset    string   // unset: a number below min that stands for the default, as others write it

	index []int // of the field within C
}

// logging are the settings every program has beside its own.
type logging struct {
	LogFormat string `json:"log_format" default:"text" enum:"text,json" doc:"how log lines look on stderr"`
	LogLevel  string `json:"log_level" enum:"debug,info,warning,error" doc:"least level of the lines that are logged; without it, the environment variable LOGLEVEL, or info"`
}

// config is everything a configuration sets.
type config[C any] struct {
	Program C
	Logging logging
}

// Settings returns the settings of the program in the order of its struct,
// then log_format and log_level.
func (p Program[C]) Settings() []Setting {
	var list []Setting
	collect(&list, reflect.TypeFor[C](), []int{0})
	collect(&list, reflect.TypeFor[logging](), []int{1})
	return list
}

// collect appends the settings of a struct; those of embedded structs belong to it.
func collect(list *[]Setting, t reflect.Type, index []int) {
	if t.Kind() != reflect.Struct {
		panic(fmt.Sprintf("program: configuration is %s, not a struct", t))
	}
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(append([]int(nil), index...), i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			collect(list, f.Type, at)
		case name == "" || name == "-" || !f.IsExported():
		default:
			*list = append(*list, newSetting(f, name, at))
		}
	}
}

func newSetting(f reflect.StructField, name string, index []int) Setting {
	s := Setting{
		Name: name, Type: typeName(f.Type), Doc: f.Tag.Get("doc"), Default: f.Tag.Get("default"),
		Required: f.Tag.Get("required") == "true", Secret: f.Type == reflect.TypeFor[secret.String](),
		Format: f.Tag.Get("format"), Min: f.Tag.Get("min"), Max: f.Tag.Get("max"), Unset: f.Tag.Get("unset"),
		index: index,
	}
	if list := f.Tag.Get("enum"); list != "" {
		s.Enum = strings.Split(list, ",")
	}
	return s
}

// typeName is the JSON type of a setting.
func typeName(t reflect.Type) string {
	if t == reflect.TypeFor[secret.String]() {
		return "string"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int32, reflect.Int64:
		return "integer"
	case reflect.Float64:
		return "number"
	case reflect.Slice:
		return "array"
	case reflect.Map, reflect.Struct:
		return "object"
	}
	panic(fmt.Sprintf("program: no setting can be a %s", t))
}
