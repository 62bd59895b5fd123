// Command descriptors writes every protobuf file that is linked into it as one FileDescriptorSet.
//
// imports.go, which `make descriptors` generates beside this file, blank-imports Envoy's whole API;
// each package registers its files at start. Files are written after the files that they import and
// otherwise in the order of their names, so two runs give the same bytes.
package main

import (
	"fmt"
	"os"
	"sort"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
)

func main() {
	set := &descriptorpb.FileDescriptorSet{}
	seen := map[string]bool{}
	for _, file := range sortedFiles() {
		add(set, seen, file)
	}
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(set)
	if err != nil {
		fail(err)
	}
	if _, err := os.Stdout.Write(data); err != nil {
		fail(err)
	}
}

func sortedFiles() []protoreflect.FileDescriptor {
	var files []protoreflect.FileDescriptor
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		files = append(files, file)
		return true
	})
	sort.Slice(files, func(i, j int) bool { return files[i].Path() < files[j].Path() })
	return files
}

func add(set *descriptorpb.FileDescriptorSet, seen map[string]bool, file protoreflect.FileDescriptor) {
	if seen[file.Path()] {
		return
	}
	seen[file.Path()] = true
	imports := file.Imports()
	for i := 0; i < imports.Len(); i++ {
		imported := imports.Get(i)
		if imported.IsPlaceholder() {
			fail(fmt.Errorf("%s imports %s, which no linked package registers", file.Path(), imported.Path()))
		}
		add(set, seen, imported.FileDescriptor)
	}
	set.File = append(set.File, protodesc.ToFileDescriptorProto(file))
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "descriptors:", err)
	os.Exit(1)
}
