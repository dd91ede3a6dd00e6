-- @noindex
-- Asks questions over whichever transport there is and calls back with whole answers: resends, asks again for lost
-- hits, gives up in time. Pure: clock and transport are handed in; nothing here waits.

local M = {}

local ask = require("ask")
local osc = require("osc")

M.SILENCE_S = 1.5 -- nobody answers at all: offline
M.PATIENCE_S = 20 -- somebody is at work on it
local RESEND_S = 0.25
local MOST_REPAIRS = 3
local FIRST_RID = 0x10000

local Client = {}
Client.__index = Client

-- `connect()` returns a transport, or nil and a sentence; it is called when a question needs one. `clock()` is in seconds.
function M.new(connect, clock)
  return setmetatable({
    connect = connect,
    clock = clock,
    open = {},
    rid = FIRST_RID + math.random(0, 0x3fffffff),
    label = "not connected",
  }, Client)
end

-- Asks; `on_end(reply)` is called once, from `tick` or at once where there is no transport.
-- reply: ok, hits (list by rank), total, snapshot; or ok = false, code, text, offline.
-- Returns a handle for `cancel`.
function Client:ask(question, on_end)
  self.rid = self.rid % 0x7ffffff0 + 1
  local now = self.clock()
  local request = {
    rid = self.rid, question = question, on_end = on_end, reply = ask.reply(), began = now, heard = now, repairs = 0,
  }
  if not self.transport then
    local transport, reason = self.connect()
    if not transport then
      on_end({ ok = false, offline = true, text = reason })
      return request
    end
    self.transport, self.label = transport, transport.label
  end
  self.open[request.rid] = request
  self:post(request, question)
  return request
end

-- Sends (again) what is missing of a question.
function Client:post(request, question)
  local packets, problem = ask.packets(request.rid, question, self.transport.most)
  if not packets then return self:finish(request, { ok = false, code = ask.TOO_LARGE, text = problem }) end
  if self.transport.resends then table.insert(packets, ask.ping(request.rid)) end
  request.posted = self.clock()
  local ok, reason = self.transport:send(packets, request.rid)
  if not ok then self:lose(tostring(reason)) end
end

-- Gives a question up; its callback is not called.
function Client:cancel(request)
  if not request or not self.open[request.rid] then return end
  self.open[request.rid] = nil
  self.transport:finish(request.rid)
  if self.transport.resends then self.transport:send({ ask.cancel(request.rid) }, request.rid) end
end

function Client:busy() return next(self.open) ~= nil end

-- To be called regularly; does nothing while no question is open.
function Client:tick()
  if not self:busy() then return end
  local packets, reason = self.transport:poll()
  if not packets then return self:lose(reason) end
  for _, packet in ipairs(packets) do
    for _, message in ipairs(osc.decode(packet) or {}) do self:hear(message) end
  end
  local now, open = self.clock(), {}
  for _, request in pairs(self.open) do open[#open + 1] = request end
  table.sort(open, function(a, b) return a.rid < b.rid end)
  for _, request in ipairs(open) do
    if self.open[request.rid] then self:watch(request, now) end
  end
end

-- Takes one message; those of other people's questions, and late ones, fall through.
function Client:hear(message)
  local rid = ask.answers(message)
  local request = rid and self.open[rid]
  if not request then return end
  local pong = message.address == ask.PONG -- says that somebody is there, not that the work goes on
  if not (pong and request.alive) then request.heard = self.clock() end
  request.alive = true
  ask.take(request.reply, message)
  if request.reply.done then self:complete(request) end
end

-- An answer has its end: hits may still be missing (UDP loses datagrams), then they are asked for again.
function Client:complete(request)
  local reply, question = request.reply, request.question
  if question.each then
    if reply.sent and reply.received < reply.sent and request.repairs < MOST_REPAIRS then
      request.repairs = request.repairs + 1
      reply.done = false
      return self:post(request, question)
    end
  elseif not reply.code and not question.report then
    local first = question.offset
    while reply.hits[first] do first = first + 1 end
    local stop = question.offset + math.min(question.count, math.max(reply.sent, reply.stop or 0))
    reply.stop = stop - question.offset
    if first < stop and request.repairs < MOST_REPAIRS then
      request.repairs = request.repairs + 1
      reply.done = false
      local missing = setmetatable({ offset = first, count = stop - first }, { __index = question })
      return self:post(request, missing)
    end
  end
  self:finish(request, self.result(reply))
end

function Client.result(reply)
  if reply.code then return { ok = false, code = reply.code, text = reply.text } end
  local hits = {}
  for _, hit in pairs(reply.hits) do hits[#hits + 1] = hit end
  table.sort(hits, function(a, b) return a.rank < b.rank end)
  return { ok = true, hits = hits, fields = reply.fields, total = reply.total, snapshot = reply.snapshot }
end

-- Deadlines of one open question.
function Client:watch(request, now)
  if not request.alive and self.transport:taken(request.rid) then
    request.alive, request.heard = true, now
  end
  if request.alive then
    if now - request.heard > M.PATIENCE_S then
      self:finish(request, { ok = false, text = "Soundkin took the question but sent no answer." })
    elseif self.transport.resends and now - math.max(request.heard, request.posted) > (request.reply.received > 0 and 1 or 3) then
      self:post(request, request.question) -- the question, or the end of its answer, was lost
    end
  elseif now - request.began > (self.transport.silence_s or M.SILENCE_S) then
    self:lose("no answer")
  elseif self.transport.resends and now - request.posted > RESEND_S then
    self:post(request, request.question)
  end
end

function Client:finish(request, result)
  if not self.open[request.rid] then return end
  self.open[request.rid] = nil
  self.transport:finish(request.rid)
  request.on_end(result)
end

-- The other side is gone: every open question ends, and the next one looks for the daemon afresh.
function Client:lose(reason)
  local open, label = self.open, self.label
  local transport = self.transport
  self.open, self.transport, self.label = {}, nil, "not connected"
  if transport then transport:close() end
  for _, request in pairs(open) do
    request.on_end({ ok = false, offline = true, text = ("Soundkin does not answer (%s: %s)."):format(label, reason) })
  end
end

function Client:close()
  self.open = {}
  if self.transport then self.transport:close() end
  self.transport = nil
end

return M
