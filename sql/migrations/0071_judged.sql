-- Also a text that changed is judged anew.
-- depends: 0070_replay 0080_actions

comment on column media.change.kind is 'new, changed, retracted, gone, back, copy_of_retracted (what it copies was retracted), or judged (what it copies, or its story, was decided anew: by a person, or since its text changed).';
