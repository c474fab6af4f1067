package synapse

import "testing"

func TestWidenFindsTheNarrowestTypeThatHoldsBoth(t *testing.T) {
	t.Parallel()
	base := func(b Base) Type { return Type{Base: b} }
	for _, c := range []struct {
		name       string
		have, want Type
		result     Type // zero: no such type
	}{
		{"same", Text(128), Text(128), Text(128)},
		{"longer text", Text(128), Text(512), Text(512)},
		{"shorter text", Text(512), Text(128), Text(512)},
		{"text beyond 4000 is max", Text(4000), Text(4001), Text(Max)},
		{"max stays", Text(Max), Text(10), Text(Max)},
		{"varchar longer", Type{Base: VarChar, Length: 20}, Type{Base: VarChar, Length: 8000}, Type{Base: VarChar, Length: 8000}},
		{"varchar becomes nvarchar", Type{Base: VarChar, Length: 20}, Text(10), Text(20)},
		{"long varchar becomes nvarchar(max)", Type{Base: VarChar, Length: 8000}, Text(10), Text(Max)},
		{"nchar takes nvarchar", Type{Base: NChar, Length: 5}, Text(3), Text(5)},
		{"number into text", Text(128), base(BigInt), Type{}},
		{"text into number", base(BigInt), Text(128), Type{}},

		{"smallint to bigint", base(SmallInt), base(BigInt), base(BigInt)},
		{"bigint keeps int", base(BigInt), base(Int), base(BigInt)},
		{"unsigned tinyint to smallint", base(TinyInt), base(SmallInt), base(SmallInt)},
		{"smallint holds tinyint", base(SmallInt), base(TinyInt), base(SmallInt)},
		{"bigint to decimal(38,0)", base(BigInt), Number(38, 0), Number(38, 0)},
		{"bigint and a fraction", base(BigInt), Number(5, 2), Number(21, 2)},
		{"bigint and a fraction too fine", base(BigInt), Number(25, 20), Type{}},
		{"decimal takes an integer", Number(12, 2), base(BigInt), Number(21, 2)},
		{"decimal holds an integer", Number(21, 2), base(BigInt), Number(21, 2)},
		{"digits before and after grow apart", Number(5, 4), Number(6, 1), Number(9, 4)},
		{"decimal holds a smaller one", Number(9, 4), Number(6, 4), Number(9, 4)},
		{"more than 38 digits", Number(38, 0), Number(3, 2), Type{}},
		{"38 digits exactly", Number(36, 0), Number(3, 2), Number(38, 2)},
		{"money takes a decimal", base(Money), Number(20, 4), Number(20, 4)},
		{"money holds a bigint's digits as decimal", base(Money), base(BigInt), Number(23, 4)},
		{"no decimal becomes float", Number(5, 2), base(Float), Type{}},
		{"no float becomes decimal", base(Float), Number(5, 2), Type{}},
		{"float holds int", base(Float), base(Int), base(Float)},
		{"int becomes float", base(Int), base(Float), base(Float)},
		{"bigint does not fit float", base(BigInt), base(Float), Type{}},
		{"real becomes float", base(Real), base(Float), base(Float)},

		{"finer instants", Type{Base: DateTimeOffset, Scale: 3}, Instant(), Instant()},
		{"coarser instants", Instant(), Type{Base: DateTimeOffset, Scale: 3}, Instant()},
		{"a date is no instant", base(Date), Instant(), Type{}},
		{"an instant is no date", Instant(), base(Date), Type{}},
		{"no offset is no instant", Type{Base: DateTime2, Scale: 7}, Instant(), Type{}},
		{"datetime to datetime2", base(DateTime), Type{Base: DateTime2, Scale: 0}, Type{Base: DateTime2, Scale: 3}},
		{"smalldatetime to datetime", base(SmallDateTime), base(DateTime), base(DateTime)},
		{"finer clock", Type{Base: Time, Scale: 0}, Clock(), Clock()},
		{"bit and integer", base(Bit), base(BigInt), Type{}},
		{"longer binary", Type{Base: VarBinary, Length: 10}, Type{Base: VarBinary, Length: Max}, Type{Base: VarBinary, Length: Max}},
		{"padded binary", Type{Base: Binary, Length: 10}, Type{Base: Binary, Length: 20}, Type{Base: VarBinary, Length: 20}},
		{"unknown", Type{}, Type{}, Type{}},
	} {
		got, ok := Widen(c.have, c.want)
		if got != c.result || ok != (c.result != Type{}) {
			t.Errorf("%s: Widen(%v, %v) = %v, %v, want %v", c.name, c.have, c.want, got, ok, c.result)
		}
		if ok && (!Holds(got, c.have) || !Holds(got, c.want)) {
			t.Errorf("%s: Widen(%v, %v) = %v, which does not hold both", c.name, c.have, c.want, got)
		}
	}
}

// Whatever order values come in, a column only ever grows.
func TestWidenNeverNarrows(t *testing.T) {
	t.Parallel()
	types := []Type{
		Text(128), Text(4000), Text(Max), {Base: VarChar, Length: 30}, {Base: Char, Length: 3}, {Base: NChar, Length: 4},
		{Base: TinyInt}, {Base: SmallInt}, {Base: Int}, {Base: BigInt}, Number(38, 0), Number(9, 4), Number(5, 5), Number(20, 10),
		{Base: Money}, {Base: SmallMoney}, {Base: Float}, {Base: Real}, {Base: Bit}, Instant(), {Base: DateTime2, Scale: 3}, {Base: DateTime},
		{Base: SmallDateTime}, {Base: Date}, Clock(), {Base: VarBinary, Length: 4}, {Base: Binary, Length: 9}, {Base: UniqueIdentifier},
	}
	for _, a := range types {
		for _, b := range types {
			ab, ok := Widen(a, b)
			if !ok {
				continue
			}
			for _, c := range types {
				abc, ok := Widen(ab, c)
				if ok && !(Holds(abc, a) && Holds(abc, b) && Holds(abc, c)) {
					t.Errorf("Widen(Widen(%v, %v), %v) = %v, which does not hold all three", a, b, c, abc)
				}
			}
		}
	}
}
