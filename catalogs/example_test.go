package catalogs_test

import (
	"fmt"

	"intercomdw/catalogs"
)

func ExampleSchema() {
	schema, err := catalogs.Schema("team_admins")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s", schema)
	// Output:
	// {
	//   "type": "object",
	//   "properties": {
	//     "team_id": {"type": ["null", "string"], "description": "The id of the team that this belongs to."},
	//     "admin_id": {"type": ["null", "string"]},
	//     "_extra": {"type": ["null", "object"], "description": "Fields that Intercom returned and this schema does not name.", "additionalProperties": true}
	//   }
	// }
}
