@echo off
rem SPDX-License-Identifier: BSD-2-Clause
rem C:\Windows\Setup\Scripts\SetupComplete.cmd: Windows runs it as SYSTEM once, when setup ends, also after sysprep.
rem Beside it: the package as vtpm-agent.msi, and where wanted token and collector-ca.pem.
rem As a local script of cloudbase-init, renamed to vtpm-agent.cmd, it does the same; that was not tested.
rem Tested with Wine's cmd.exe and msiexec.
set COLLECTOR=https://collector.example:8742
set HERE=%~dp0
set ARGUMENTS=/i "%HERE%vtpm-agent.msi" /qn /norestart COLLECTOR_URL=%COLLECTOR%
if exist "%HERE%token" set ARGUMENTS=%ARGUMENTS% TOKEN_FILE="%HERE%token"
if exist "%HERE%collector-ca.pem" set ARGUMENTS=%ARGUMENTS% CA="%HERE%collector-ca.pem"
start /wait msiexec %ARGUMENTS%
if errorlevel 1 exit /b 1
if exist "%HERE%token" del "%HERE%token"
exit /b 0
