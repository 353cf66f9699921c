package api

import (
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// nullable is an object that may be null in JSON, and says so in the OpenAPI document, where a plain pointer to a
// struct cannot. The zero value is null.
type nullable[T any] struct{ value *T }

// MarshalJSON writes the object, or null.
func (n nullable[T]) MarshalJSON() ([]byte, error) { return json.Marshal(n.value) }

// Schema describes the object or null; huma asks for it.
func (n nullable[T]) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{AnyOf: []*huma.Schema{r.Schema(reflect.TypeFor[T](), true, ""), {Type: "null"}}}
}

// alwaysNull is a field that the contract names and that no answer fills yet.
type alwaysNull struct{}

// MarshalJSON writes null.
func (alwaysNull) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// Schema describes null; huma asks for it.
func (alwaysNull) Schema(huma.Registry) *huma.Schema { return &huma.Schema{Type: "null"} }
