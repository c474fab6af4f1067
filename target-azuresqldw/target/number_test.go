package target

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"
)

func TestNumbersAreWrittenPlainAndExact(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in, want string
		room     extent
	}{
		{"0", "0", extent{}},
		{"-0", "0", extent{}},
		{"-0.0e7", "0", extent{}},
		{"7", "7", extent{whole: 1}},
		{"-42", "-42", extent{whole: 2}},
		{"1.0", "1", extent{whole: 1}},
		{"1.10", "1.1", extent{whole: 1, scale: 1}},
		{"-0.05", "-0.05", extent{scale: 2}},
		{"1e3", "1000", extent{whole: 4}},
		{"12.5E-1", "1.25", extent{whole: 1, scale: 2}},
		{"1e-7", "0.0000001", extent{scale: 7}},
		{"9223372036854775807", "9223372036854775807", extent{whole: 19}},
		{"9223372036854775808", "9223372036854775808", extent{whole: 19, beyond64: true}},
		{"-9223372036854775808", "-9223372036854775808", extent{whole: 19}},
		{"-9223372036854775809", "-9223372036854775809", extent{whole: 19, beyond64: true}},
		{"0e99999999999999999999", "0", extent{}},
		{strings.Repeat("9", 38), strings.Repeat("9", 38), extent{whole: 38, beyond64: true}},
		{"1e37", "1" + strings.Repeat("0", 37), extent{whole: 38, beyond64: true}},
		{"1e-38", "0." + strings.Repeat("0", 37) + "1", extent{scale: 38}},
	}
	for _, test := range tests {
		got, room, ok := appendNumber(nil, []byte(test.in))
		if !ok || string(got) != test.want || room != test.room {
			t.Errorf("appendNumber(%s) = %s, %+v, %v, want %s, %+v", test.in, got, room, ok, test.want, test.room)
		}
	}
	for _, in := range []string{strings.Repeat("9", 39), "1e38", "1e-39", "1e20000000", "-1e999999999999999999999", "123456789012345678901.123456789012345678"} {
		if got, _, ok := appendNumber([]byte("x"), []byte(in)); ok || string(got) != "x" {
			t.Errorf("appendNumber(%s) = %s, %v, want it refused", in, got, ok)
		}
	}
}

func FuzzNumbersKeepTheirValue(f *testing.F) {
	for _, seed := range []string{"0", "-1.50", "1e3", "0.1e-20", "18446744073709551616", "1E+2", "-0.000"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if valid := json.Valid([]byte(in)) && strings.TrimSpace(in) == in && (in[0] == '-' || in[0] >= '0' && in[0] <= '9'); isJSONNumber([]byte(in)) != valid {
			t.Fatalf("isJSONNumber(%q) = %v", in, !valid)
		} else if !valid {
			return
		}
		out, room, ok := appendNumber(nil, []byte(in))
		if i := strings.IndexAny(in, "eE"); i >= 0 && len(in)-i > 5 {
			return // math/big would take its time
		}
		want, _ := new(big.Rat).SetString(in)
		if !ok {
			return
		}
		got, good := new(big.Rat).SetString(string(out))
		if !good || got.Cmp(want) != 0 || strings.ContainsAny(string(out), "eE") {
			t.Fatalf("appendNumber(%s) = %s", in, out)
		}
		whole, fraction, _ := strings.Cut(strings.TrimPrefix(string(out), "-"), ".")
		if whole = strings.TrimLeft(whole, "0"); len(whole) != room.whole || len(fraction) != room.scale {
			t.Fatalf("appendNumber(%s) = %s with room %+v", in, out, room)
		}
		if room.scale == 0 && room.beyond64 == got.Num().IsInt64() {
			t.Fatalf("appendNumber(%s): beyond64 = %v", in, room.beyond64)
		}
	})
}

func TestNumbersAsOtherProgramsPrintThem(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"1.50": "1.50", "+1": "1", ".5": "0.5", "-.5": "-0.5", "007": "7", "-000.10": "-0.10", "1.": "1", "00": "0", "+.0e-3": "0.0e-3", "1.E+2": "1E+2", "0": "0",
		"": "", "+": "", "-": "", ".": "", "1.2.3": "", "1,5": "", " 1": "", "1 ": "", "--1": "", "+-1": "", "1e": "", "e5": "", ".e5": "", "0x1": "", "NaN": "", "Infinity": "", "1_000": "", "1/2": "",
	} {
		if got, ok := plainNumber([]byte(in)); ok != (want != "") || ok && string(got) != want {
			t.Errorf("plainNumber(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
}
