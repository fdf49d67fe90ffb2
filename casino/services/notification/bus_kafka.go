// Kafka, through franz-go, with buffers as small as the messages are.

package main

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

const (
	kafkaAtOnce      = 32
	kafkaFetchBytes  = 256 << 10
	kafkaReadBytes   = 2 << 20
	kafkaCommitEvery = time.Second
	kafkaDeadWithin  = 5 * time.Second
)

type kafka struct {
	client  *kgo.Client
	reached atomic.Bool
	waiting []*kgo.Record
}

func openKafka(broker string) (*kafka, error) {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(broker),
		kgo.ClientID("notification"),
		kgo.ConsumerGroup("notification"),
		kgo.ConsumeTopics(topic),
		kgo.AllowAutoTopicCreation(),
		// Nobody's message is skipped because we were started after it was sent.
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		// Only what was handled is committed: what a killed process had in hand comes again.
		kgo.AutoCommitMarks(),
		kgo.AutoCommitInterval(kafkaCommitEvery),
		kgo.FetchMaxWait(time.Second),
		kgo.FetchMaxBytes(kafkaFetchBytes),
		kgo.FetchMaxPartitionBytes(kafkaFetchBytes),
		kgo.BrokerMaxReadBytes(kafkaReadBytes),
		kgo.MaxConcurrentFetches(1),
		kgo.MetadataMinAge(time.Second),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.RecordDeliveryTimeout(kafkaDeadWithin),
	)
	if err != nil {
		return nil, err
	}
	return &kafka{client: client}, nil
}

func (k *kafka) system() string { return "kafka" }

func (k *kafka) ready() bool { return k.reached.Load() }

func (k *kafka) next(ctx context.Context) (*delivery, error) {
	if !k.reached.Load() {
		if err := k.client.Ping(ctx); err != nil {
			return nil, err
		}
		k.reached.Store(true)
	}
	for len(k.waiting) == 0 {
		fetches := k.client.PollRecords(ctx, kafkaAtOnce)
		if err := fetches.Err0(); err != nil {
			return nil, err
		}
		k.waiting = fetches.Records()
		if len(k.waiting) > 0 {
			break
		}
		if err := fetches.Err(); err != nil {
			return nil, err
		}
	}
	record := k.waiting[0]
	k.waiting = k.waiting[1:]
	return k.delivery(record), nil
}

func (k *kafka) delivery(record *kgo.Record) *delivery {
	headers := make(map[string]string, len(record.Headers))
	for _, header := range record.Headers {
		headers[header.Key] = string(header.Value)
	}
	return &delivery{
		message: message{key: string(record.Key), value: record.Value, headers: headers, at: record.Timestamp},
		done: func(context.Context) error {
			k.client.MarkCommitRecords(record)
			return nil
		},
		dead: func(ctx context.Context, reason string) error {
			buried := &kgo.Record{
				Topic: deadTopic, Key: record.Key, Value: record.Value,
				Headers: append(append([]kgo.RecordHeader(nil), record.Headers...), kgo.RecordHeader{Key: "reason", Value: []byte(reason)}),
			}
			if err := k.client.ProduceSync(ctx, buried).FirstErr(); err != nil {
				return err
			}
			k.client.MarkCommitRecords(record)
			return nil
		},
	}
}

func (k *kafka) close() {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	if err := k.client.CommitMarkedOffsets(ctx); err != nil {
		log(ctx, levelWarn, "what was handled may come again", field{"error", err.Error()})
	}
	k.client.CloseAllowingRebalance()
}
