package stage_test

import (
	"fmt"

	"intercomdw/target-azuresqldw/stage"
)

func ExampleAppendString() {
	row := stage.AppendInt(nil, 7)
	row = append(row, stage.FieldEnd)
	row, _ = stage.AppendString(row, `say "hello"`)
	row = append(row, stage.FieldEnd)
	row, _ = stage.AppendString(row, "") // the empty string
	row = append(row, stage.FieldEnd)    // and a NULL, for which nothing is written
	row = append(row, stage.RowEnd)
	fmt.Printf("%s", row)
	// Output: 7,"say ""hello""","",
}
