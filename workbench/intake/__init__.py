"""From the files of a thousand offices to one checked table: headers, forms, times, lists of invitations, the log.

`survey.read_survey` is the way in; nothing here is called by notebooks. A form that can be read in two ways is
refused with its address. Personal columns are left behind while a file is read, so that nothing later can hold them.
"""
