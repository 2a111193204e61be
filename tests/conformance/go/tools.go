//go:build tools

// Package conformance names the program that scripts/tools builds, so that `go mod tidy` keeps its requirements.
package conformance

import _ "github.com/apache/openwhisk-wskdeploy"
