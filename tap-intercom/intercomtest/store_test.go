package intercomtest

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

func TestDecodeGivesWhatJSONWould(t *testing.T) {
	t.Parallel()
	ws := fresh(Options{Seed: 5}.withDefaults())
	wires := [][]byte{
		[]byte(`{}`), []byte(`{"a":[],"b":{},"c":null,"d":[null,true,false,[[]]],"a":2}`), []byte(" {\"n\" : [0, -1, 1.0, 1e-7, 9007199254740993, 1E+400]}\n"),
		[]byte(`{"s":"\u00e9\ud83d\ude80\u2028\"\\\/\n","\u006b":"😀","lone":"\ud800","bad":"` + "\xff" + `"}`), encode(Object{"html": "<&>"}),
	}
	for _, r := range ws.conversations.rows {
		wires = append(wires, r.wire)
	}
	for _, kept := range ws.kept {
		wires = append(wires, kept.wires()...)
	}
	for _, wire := range wires {
		d := json.NewDecoder(bytes.NewReader(wire))
		d.UseNumber()
		var want Object
		if err := d.Decode(&want); err != nil {
			t.Fatal(err)
		}
		if got := decode(wire); !reflect.DeepEqual(got, want) {
			t.Errorf("decode(%s) = %#v, want %#v", wire, got, want)
		}
	}
}
