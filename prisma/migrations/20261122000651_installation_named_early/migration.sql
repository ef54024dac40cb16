-- The installation's row is there before its first backup: whoever watches the dispatcher counts from it.
GRANT INSERT (id, name) ON installation TO holdfast_scheduler;
