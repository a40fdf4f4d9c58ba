// Calls a server of triglot: client translate|stream|batch|summarize FILE LANGUAGE
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	pb "triglot.example/client/triglot/v1"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: client translate|stream|batch|summarize FILE LANGUAGE")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, explain(err))
		os.Exit(1)
	}
}

func run(command, path, language string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	server := os.Getenv("TRIGLOT_SERVER")
	if server == "" {
		server = "http://127.0.0.1:50051"
	}
	// Debian's gRPC knows only these names. Newer ones call them grpc.NewClient and insecure.NewCredentials.
	connection, err := grpc.Dial(strings.TrimPrefix(server, "http://"), grpc.WithInsecure())
	if err != nil {
		return err
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	client := pb.NewTranslationServiceClient(connection)
	if command == "stream" {
		return stream(ctx, client, file, language)
	}
	text, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	switch command {
	case "translate":
		return translate(ctx, client, string(text), language)
	case "batch":
		return batch(ctx, client, string(text), language)
	case "summarize":
		return summarize(ctx, pb.NewSummarizationServiceClient(connection), string(text), language)
	}
	return fmt.Errorf("%s is no command", command)
}

func translate(ctx context.Context, client pb.TranslationServiceClient, text, language string) error {
	answer, err := client.Translate(ctx, &pb.TranslateRequest{Text: text, TargetLanguage: language})
	if err != nil {
		return err
	}
	fmt.Print(answer.Translation)
	for _, segment := range answer.Segments {
		if len(segment.Warnings) > 0 {
			fmt.Fprintf(os.Stderr, "bytes %d to %d: %v\n", segment.Source.Start, segment.Source.End, segment.Warnings)
		}
	}
	return nil
}

// stream sends the text in one goroutine and prints the pieces in another, so a text of any length passes.
func stream(ctx context.Context, client pb.TranslationServiceClient, text io.Reader, language string) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	call, err := client.TranslateStream(ctx)
	if err != nil {
		return err
	}
	sent := make(chan error, 1)
	go func() {
		if err := send(call, text, language); err != nil && err != io.EOF {
			sent <- err
			cancel()
		}
	}()
	for {
		answer, err := call.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			select {
			case unread := <-sent:
				return unread
			default:
				return err
			}
		}
		// The last answer has no piece: it has the totals.
		fmt.Print(answer.GetPiece().GetText())
	}
}

// send returns io.EOF if the stream breaks; Recv then says why.
func send(call pb.TranslationService_TranslateStreamClient, text io.Reader, language string) error {
	start := &pb.TranslateStreamStart{TargetLanguage: language}
	if err := call.Send(&pb.TranslateStreamRequest{Request: &pb.TranslateStreamRequest_Start{Start: start}}); err != nil {
		return err
	}
	portion := make([]byte, 64<<10) // cut anywhere, also inside a character
	for {
		size, err := text.Read(portion)
		if err == io.EOF {
			return call.CloseSend()
		}
		if err != nil {
			return err
		}
		message := &pb.TranslateStreamRequest_Text{Text: portion[:size]}
		if err := call.Send(&pb.TranslateStreamRequest{Request: message}); err != nil {
			return err
		}
	}
}

// batch translates the paragraphs as texts of their own. One that fails has its error in its place, and stays as it is here.
func batch(ctx context.Context, client pb.TranslationServiceClient, text, language string) error {
	request := &pb.TranslateBatchRequest{}
	for _, paragraph := range strings.Split(text, "\n\n") {
		request.Requests = append(request.Requests, &pb.TranslateRequest{Text: paragraph, TargetLanguage: language})
	}
	answer, err := client.TranslateBatch(ctx, request)
	if err != nil {
		return err
	}
	var translations []string
	for at, result := range answer.Results {
		if failure := result.GetError(); failure != nil {
			fmt.Fprintf(os.Stderr, "paragraph %d: %s\n", at+1, failure.Message)
			translations = append(translations, request.Requests[at].Text)
		} else {
			translations = append(translations, result.GetResponse().Translation)
		}
	}
	fmt.Print(strings.Join(translations, "\n\n"))
	return nil
}

func summarize(ctx context.Context, client pb.SummarizationServiceClient, text, language string) error {
	length := &pb.SummaryLength{Length: &pb.SummaryLength_Sentences{Sentences: 2}}
	answer, err := client.Summarize(ctx, &pb.SummarizeRequest{Text: text, TargetLanguage: language, Length: length})
	if err != nil {
		return err
	}
	fmt.Println(answer.Summary.Text)
	return nil
}

// explain adds to an error which field is wrong, or when to try again.
func explain(err error) string {
	message := err.Error()
	for _, detail := range status.Convert(err).Details() {
		switch detail := detail.(type) {
		case *errdetails.BadRequest:
			for _, violation := range detail.FieldViolations {
				message += "; the field is " + violation.Field
			}
		case *errdetails.RetryInfo:
			delay := detail.GetRetryDelay()
			message += fmt.Sprintf("; try again in %d.%09d s", delay.GetSeconds(), delay.GetNanos())
		}
	}
	return message
}
